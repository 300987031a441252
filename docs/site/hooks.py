"""What MkDocs does with the pages: pages made of the README, examples, notebooks and benchmarks, and links between all of them.

The pages in docs/ are written for reading in the repository, so links lead to files of it: what lies outside docs/ becomes a page here.
"""

from __future__ import annotations

import posixpath
import re
import sys
from pathlib import Path

from mkdocs.structure.files import File

sys.path.insert(0, str(Path(__file__).parent))
import notebooks
import performance
import pictures

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"(\]\()([^)#\s]+)((?:#[^)\s]*)?\))")


def pages() -> dict[str, str]:
    """The pages that are made here, by the file of the repository that they show."""
    made = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "bench/README.md": "benchmarks.md"}
    made |= {f"examples/{p.name}": f"examples/{p.stem}.md" for p in sorted((ROOT / "examples").glob("*.py"))}
    made |= {f"docs/notebooks/{p.name}": f"notebooks/{p.stem}.md" for p in sorted((ROOT / "docs/notebooks").glob("*.ipynb"))}
    return made


def copied() -> dict[str, str]:
    """Files that are copied as they are."""
    return {f"bench/results/{p.name}": f"bench/{p.name}" for p in sorted((ROOT / "bench/results").glob("*.csv"))} | {"LICENSE": "LICENSE"}


def example(path: Path) -> str:
    """An example as a page: what it says of itself, its picture, its code."""
    text = path.read_text(encoding="utf-8")
    found = re.match(r'"""(.*?)"""\n', text, re.S)
    title, _, rest = (found[1] if found else path.stem).partition("\n")
    names = (path.stem, re.sub(r"^\d+_", "", path.stem))
    name = next((name for name in names if (ROOT / f"docs/images/{name}.png").exists()), "")
    shows = pictures.DRAWERS[name][1] if name in pictures.DRAWERS else title.strip()
    picture = f"![{shows}](../images/{name}.png)\n\n{shows if shows != title.strip() else ''}\n\n" if name else ""
    return f"# {title.strip().rstrip('.:')}\n\n{rest.strip()}\n\n{picture}```python\n{text[found.end() :] if found else text}```\n"


def source(place: str) -> str:
    path = ROOT / place
    if path.suffix == ".py":
        return example(path)
    return notebooks.page(path) if path.suffix == ".ipynb" else path.read_text(encoding="utf-8")


def on_config(config):
    """Lists of pages in the navigation that follow from what is there."""
    lists = {
        "NOTEBOOKS": [f"notebooks/{p.stem}.md" for p in sorted((ROOT / "docs/notebooks").glob("*.ipynb"))],
        "EXAMPLES": [f"examples/{p.stem}.md" for p in sorted((ROOT / "examples").glob("*.py"))],
        "DECISIONS": [f"decisions/{p.name}" for p in sorted((ROOT / "docs/decisions").glob("*.md"))],
    }

    def filled(node):
        if isinstance(node, list):
            return [filled(x) for x in node]
        if isinstance(node, dict):
            return {name: filled(x) for name, x in node.items()}
        return lists.get(node, node)

    config["nav"] = filled(config["nav"])
    return config


def on_files(files, config):
    made = pages()
    for place, page in made.items():
        old = files.get_file_from_path(place.removeprefix("docs/")) if place.startswith("docs/") else None
        if old is not None:
            files.remove(old)
        files.append(File.generated(config, page, content=linked(source(place), place, page)))
    for place, name in copied().items():
        files.append(File.generated(config, name, abs_src_path=str(ROOT / place)))
    text, drawings = performance.page(ROOT / "bench/results")
    files.append(File.generated(config, "performance.md", content=text))
    for name, drawing in drawings.items():
        files.append(File.generated(config, f"images/performance/{name}.svg", content=drawing))
    files.append(File.generated(config, "llms.txt", content=overview(config, files)))
    return files


def on_page_markdown(markdown, page, config, files):
    generated = page.file.src_uri in set(pages().values()) | {"performance.md"}
    return markdown if generated else linked(markdown, f"docs/{page.file.src_uri}", page.file.src_uri)


def linked(text: str, place: str, page: str) -> str:
    """A page's text with its links, which are relative to a file of the repository, relative to the page."""
    known = pages() | copied()

    def link(found: re.Match[str]) -> str:
        target = found[2]
        if "://" in target or target.startswith("mailto:"):
            return found[0]
        file = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        if file in ("bench/results", "docs/decisions", "bench", "examples"):
            there = {"bench/results": "performance.md", "docs/decisions": "decisions/001-kernels-per-partial.md", "bench": "benchmarks.md", "examples": "examples.md"}[file]
        else:
            there = known.get(file) or (file.removeprefix("docs/") if file.startswith("docs/") else None)
        if there is None:
            return found[0]  # MkDocs says so
        return f"{found[1]}{posixpath.relpath(there, posixpath.dirname(page) or '.')}{found[3]}"

    return LINK.sub(link, text)


def overview(config, files) -> str:
    """llms.txt: what there is to read, a line a page (llmstxt.org)."""
    lines = [f"# {config['site_name']}", "", f"> {config['site_description']}.", "", "## Pages", ""]
    for file in sorted(files.documentation_pages(), key=lambda f: f.src_uri):
        text = file.content_string
        title = next((line[2:].strip() for line in text.splitlines() if line.startswith("# ")), file.name)
        lines.append(f"- [{title}]({(config['site_url'] or '').rstrip('/')}/{file.url})")
    return "\n".join(lines) + "\n"
