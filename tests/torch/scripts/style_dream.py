# Neural style transfer and feature visualisation: modules that remember losses, Gram matrices, LBFGS over an image, hooks, jitter, total variation
import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(0)
cnn = nn.Sequential(nn.Conv2d(3, 6, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(6, 6, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2, 2), nn.Conv2d(6, 8, 3, padding=1), nn.ReLU(inplace=True), nn.Conv2d(8, 8, 3, padding=1)).eval()
for p in cnn.parameters(): p.requires_grad = False


class ContentLoss(nn.Module):
    def __init__(self, target):
        super(ContentLoss, self).__init__()
        self.target = target.detach()
    def forward(self, input):
        self.loss = F.mse_loss(input, self.target)
        return input


def gram_matrix(input):
    a, b, c, d = input.size()
    features = input.view(a * b, c * d)
    return torch.mm(features, features.t()).div(a * b * c * d)


class StyleLoss(nn.Module):
    def __init__(self, target_feature):
        super(StyleLoss, self).__init__()
        self.target = gram_matrix(target_feature).detach()
    def forward(self, input):
        self.loss = F.mse_loss(gram_matrix(input), self.target)
        return input


class Normalization(nn.Module):
    def __init__(self, mean, std):
        super(Normalization, self).__init__()
        self.mean, self.std = mean.clone().detach().view(-1, 1, 1), std.clone().detach().view(-1, 1, 1)
    def forward(self, img):
        return (img - self.mean) / self.std


def build(cnn, style, content):
    model = nn.Sequential(Normalization(torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225]))); content_losses, style_losses = [], []
    i = 0
    for layer in cnn.children():
        if isinstance(layer, nn.Conv2d): i += 1; name = 'conv_{}'.format(i)
        elif isinstance(layer, nn.ReLU): name = 'relu_{}'.format(i); layer = nn.ReLU(inplace=False)
        elif isinstance(layer, nn.MaxPool2d): name = 'pool_{}'.format(i)
        else: raise RuntimeError('Unrecognized layer: {}'.format(layer.__class__.__name__))
        model.add_module(name, layer)
        if name in ['conv_3']: t = model(content).detach(); cl = ContentLoss(t); model.add_module('content_loss_{}'.format(i), cl); content_losses.append(cl)
        if name in ['conv_1', 'conv_2', 'conv_3']: t = model(style).detach(); sl = StyleLoss(t); model.add_module('style_loss_{}'.format(i), sl); style_losses.append(sl)
    for i in range(len(model) - 1, -1, -1):
        if isinstance(model[i], ContentLoss) or isinstance(model[i], StyleLoss): break
    return model[:(i + 1)], style_losses, content_losses


content, style = torch.rand(1, 3, 12, 12), torch.rand(1, 3, 12, 12) * torch.linspace(0, 1, 12)
input_img = content.clone(); input_img.requires_grad_(True); model, style_losses, content_losses = build(cnn, style, content)
model.eval(); model.requires_grad_(False); print(model); optimizer = optim.LBFGS([input_img]); run = [0]
while run[0] <= 12:
    def closure():
        with torch.no_grad(): input_img.clamp_(0, 1)
        optimizer.zero_grad(); model(input_img); style_score = content_score = 0
        for sl in style_losses: style_score += sl.loss
        for cl in content_losses: content_score += cl.loss
        style_score *= 1000; content_score *= 1; loss = style_score + content_score; loss.backward(); run[0] += 1
        if run[0] % 6 == 0: print("run {}:".format(run)); print('Style Loss : {:4f} Content Loss: {:4f}'.format(style_score.item(), content_score.item()))
        return style_score + content_score
    optimizer.step(closure)
with torch.no_grad(): input_img.clamp_(0, 1)
print(input_img.mean(), input_img.is_leaf, sorted(optimizer.state_dict()['state'][0].keys()))

# feature visualisation: a hook keeps activations; gradient ascent with normalised gradients, jitter and total variation
kept = {}
handle = cnn[7].register_forward_hook(lambda m, i, o: kept.update(out=o))
img = nn.Parameter(torch.randn(1, 3, 14, 14)); opt = optim.SGD([img], lr=0.1, momentum=0.5)
for it in range(6):
    opt.zero_grad(); ox, oy = it % 3 - 1, 1
    cnn(torch.sigmoid(torch.roll(img, (ox, oy), (-1, -2))))
    tv = (img[..., 1:] - img[..., :-1]).abs().mean() + (img[..., 1:, :] - img[..., :-1, :]).abs().mean()
    loss = -kept['out'][0, 2].mean() + 0.1 * tv; loss.backward(); img.grad /= img.grad.std() + 1e-8; opt.step()
    print(f'{it} {loss.item():.4f} {tv:.4f}', tuple(kept['out'].shape))
handle.remove(); out2 = cnn(img.detach()); print(kept['out'] is not out2, out2.requires_grad, img.grad.std())
# Grad-CAM of a head
head = nn.Linear(8, 3); acts, grads = [], []
h1 = cnn[5].register_forward_hook(lambda m, i, o: acts.append(o)); x = torch.rand(2, 3, 12, 12, requires_grad=True)
logits = head(cnn(x).mean((2, 3))); acts[0].register_hook(lambda g: grads.append(g)); logits[torch.arange(2), logits.argmax(1)].sum().backward(); h1.remove()
cam = F.relu((acts[0] * grads[0].mean((2, 3), keepdim=True)).sum(1)); cam = F.interpolate(cam[:, None].detach(), size=12, mode='bilinear', align_corners=False)[:, 0]
cam = (cam - cam.amin((1, 2), keepdim=True)) / (cam.amax((1, 2), keepdim=True) - cam.amin((1, 2), keepdim=True) + 1e-8); print(cam.shape, cam.mean(), x.grad.abs().sum())
# Fast gradient sign and integrated gradients
delta = torch.clamp(x + 0.03 * x.grad.sign(), 0, 1).detach(); print((delta - x).abs().max()); base = torch.zeros_like(x); total = 0
for a in torch.linspace(0.1, 1, 5):
    p = (base + a * (x.detach() - base)).requires_grad_(); g, = torch.autograd.grad(head(cnn(p).mean((2, 3)))[:, 0].sum(), p); total = total + g / 5
print(((x.detach() - base) * total).sum((1, 2, 3)))
