"""The engines' contenders for W10 to W15 (bench/models.py): gradient(problem), hessian(problem), points(points)."""
