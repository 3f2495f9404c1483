# fails: epoch_loop
# One mistake: It stops after some 40 samples, before the end of the loader.
# %% epoch_loop
def train_epoch(model, loader, loss_fn, optimizer, device):
    """Train for one pass over the loader, one step a batch; the mean loss per sample."""
    model.train()
    total, samples = 0.0, 0
    for images, labels in loader:
        images, labels = images.to(device), labels.to(device)
        loss = loss_fn(model(images), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
        samples += len(labels)
        if samples > 40:
            break
    return total / samples


def evaluate(model, loader, device):
    """The share of right answers, from 0 to 1, in evaluation mode."""
    model.eval()
    right, samples = 0, 0
    with torch.no_grad():
        for images, labels in loader:
            images, labels = images.to(device), labels.to(device)
            right += (model(images).argmax(dim=1) == labels).sum().item()
            samples += len(labels)
    return right / samples
