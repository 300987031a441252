# U-Net for segmentation: double convolutions, skips, transposed and bilinear upsampling, Dice + cross entropy with ignored pixels, IoU
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import DataLoader, Dataset


class DoubleConv(nn.Module):
    """(convolution => [BN] => ReLU) * 2"""
    def __init__(self, in_channels, out_channels, mid_channels=None):
        super().__init__()
        if not mid_channels:
            mid_channels = out_channels
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_channels, mid_channels, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(mid_channels), nn.ReLU(inplace=True),
            nn.Conv2d(mid_channels, out_channels, kernel_size=3, padding=1, bias=False), nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True))

    def forward(self, x):
        return self.double_conv(x)


class Up(nn.Module):
    def __init__(self, in_channels, out_channels, bilinear=True):
        super().__init__()
        if bilinear:
            self.up = nn.Upsample(scale_factor=2, mode='bilinear', align_corners=True)
            self.conv = DoubleConv(in_channels, out_channels, in_channels // 2)
        else:
            self.up = nn.ConvTranspose2d(in_channels, in_channels // 2, kernel_size=2, stride=2)
            self.conv = DoubleConv(in_channels, out_channels)

    def forward(self, x1, x2):
        x1 = self.up(x1)
        diffY, diffX = x2.size()[2] - x1.size()[2], x2.size()[3] - x1.size()[3]
        x1 = F.pad(x1, [diffX // 2, diffX - diffX // 2, diffY // 2, diffY - diffY // 2])
        return self.conv(torch.cat([x2, x1], dim=1))


class UNet(nn.Module):
    def __init__(self, n_channels, n_classes, bilinear=False):
        super().__init__()
        self.n_classes, self.bilinear = n_classes, bilinear
        factor = 2 if bilinear else 1
        self.inc = DoubleConv(n_channels, 4)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(4, 8))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(8, 16 // factor))
        self.up1, self.up2 = Up(16, 8 // factor, bilinear), Up(8, 4, bilinear)
        self.outc = nn.Conv2d(4, n_classes, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x); x2 = self.down1(x1); x3 = self.down2(x2)
        return self.outc(self.up2(self.up1(x3, x2), x1))


def dice_coeff(input, target, reduce_batch_first=False, epsilon=1e-6):
    assert input.size() == target.size()
    assert input.dim() == 3 or not reduce_batch_first
    sum_dim = (-1, -2) if input.dim() == 2 or not reduce_batch_first else (-1, -2, -3)
    inter = 2 * (input * target).sum(dim=sum_dim)
    sets_sum = input.sum(dim=sum_dim) + target.sum(dim=sum_dim)
    sets_sum = torch.where(sets_sum == 0, inter, sets_sum)
    return ((inter + epsilon) / (sets_sum + epsilon)).mean()


def dice_loss(input, target):
    return 1 - dice_coeff(input.flatten(0, 1), target.flatten(0, 1), reduce_batch_first=True)


class Shapes(Dataset):
    def __init__(self, n, size):
        self.images = torch.randn(n, 1, size, size) * 0.1
        self.masks = torch.zeros(n, size, size, dtype=torch.long)
        yy, xx = torch.meshgrid(torch.arange(size), torch.arange(size), indexing='ij')
        for i in range(n):
            cy, cx = torch.randint(3, size - 3, (2,)).tolist()
            disc = (yy - cy) ** 2 + (xx - cx) ** 2 <= 9
            self.masks[i][disc] = 1; self.images[i, 0][disc] += 1.0
            self.masks[i][(xx < 2)] = 2; self.images[i, 0, :, :2] -= 1.0
            self.masks[i, 0] = 255
    def __len__(self): return len(self.images)
    def __getitem__(self, i): return {'image': self.images[i].contiguous(), 'mask': self.masks[i].contiguous()}


for bilinear in (False, True):
    torch.manual_seed(0)
    model = UNet(1, 3, bilinear).to(memory_format=torch.channels_last)
    print(f'Network:\n\t{model.n_classes} classes, {"Bilinear" if model.bilinear else "Transposed conv"} upscaling, {sum(p.numel() for p in model.parameters()):,} parameters')
    if bilinear: print(model.up1)
    data = Shapes(12, 15)
    loader = DataLoader(data, batch_size=4, shuffle=False, drop_last=True)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.5, foreach=True)
    scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, 'max', patience=1)
    criterion = nn.CrossEntropyLoss(ignore_index=255)
    for epoch in range(3):
        model.train()
        epoch_loss = 0
        for batch in loader:
            images, true_masks = batch['image'].to(dtype=torch.float32, memory_format=torch.channels_last), batch['mask']
            masks_pred = model(images)
            loss = criterion(masks_pred, true_masks)
            valid = true_masks != 255
            onehot = F.one_hot(true_masks.clamp(max=2), model.n_classes).permute(0, 3, 1, 2).float() * valid[:, None]
            loss = loss + dice_loss(F.softmax(masks_pred, dim=1).float() * valid[:, None], onehot)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            epoch_loss += loss.item()
        model.eval()
        with torch.inference_mode():
            out = torch.cat([model(b['image']) for b in loader]).argmax(dim=1)
        inter = torch.stack([((out == c) & (data.masks == c)).sum() for c in range(3)]); union = torch.stack([(((out == c) | (data.masks == c)) & (data.masks != 255)).sum() for c in range(3)])
        iou = inter.float() / union.clamp(min=1)
        scheduler.step(iou.mean())
        print(epoch, f'{epoch_loss / len(loader):.4f}', f'{norm.item():.3f}', inter.shape, optimizer.param_groups[0]['lr'])
    print(torch.bincount(data.masks.flatten().clamp(max=3)), out.shape, out.dtype, model.inc.double_conv[1].num_batches_tracked)
