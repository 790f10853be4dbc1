"""Trains one neural network on several instances at once, with PyTorch's DistributedDataParallel over gloo.

Each instance learns from the digits that it was given; the instances average their gradients over the network after every
batch, so that all of them have the same network all the time. It is an ordinary SageMaker training script: the instances find
each other by the names in SM_HOSTS, and algo-1 begins.
"""

import argparse
import csv
import json
import os

# Before PyTorch is imported: instances of one machine would otherwise get in each other's way.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# The card by which the instances see each other; without it gloo may take another.
os.environ["GLOO_SOCKET_IFNAME"] = os.environ["SM_NETWORK_INTERFACE_NAME"]

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

HOSTS = json.loads(os.environ["SM_HOSTS"])
HOST = os.environ["SM_CURRENT_HOST"]
RANK = sorted(HOSTS, key=lambda host: int(host.split("-")[1])).index(HOST)
PORT = 29500
PIXELS = 64
LARGEST_PIXEL = 16


def read_digits(folder):
    """Every CSV file in a folder: lines of 64 pixels from 0 to 16, then the digit."""
    rows = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), newline="") as file:
            rows += [[int(value) for value in row] for row in csv.reader(file)]
    table = torch.tensor(rows)
    return table[:, :PIXELS] / LARGEST_PIXEL, table[:, PIXELS]


def over_all(value, operation):
    """The sum, the least or the like of one number of every instance."""
    number = torch.tensor([float(value)])
    dist.all_reduce(number, operation)
    return number.item()


def train(arguments):
    images, digits = read_digits(arguments.train)
    unseen = read_digits(arguments.test)
    everything = over_all(len(digits), dist.ReduceOp.SUM)
    print("%d of %d digits to learn from" % (len(digits), everything), flush=True)
    torch.manual_seed(arguments.seed)
    network = nn.Sequential(nn.Linear(PIXELS, arguments.hidden), nn.ReLU(), nn.Linear(arguments.hidden, 10))
    shared = DistributedDataParallel(network)
    optimizer = torch.optim.Adam(shared.parameters(), lr=arguments.learning_rate)
    # The same number of batches everywhere: an instance that had one more would wait for the others for ever.
    batches = int(over_all(len(digits) // arguments.batch_size, dist.ReduceOp.MIN))
    history = []
    for epoch in range(1, arguments.epochs + 1):
        order = torch.randperm(len(digits))
        total = 0.0
        for batch in order[: batches * arguments.batch_size].split(arguments.batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(shared(images[batch]), digits[batch])
            loss.backward()
            optimizer.step()
            total += loss.item()
        mean = over_all(total / batches, dist.ReduceOp.SUM) / len(HOSTS)
        accuracy = (network(unseen[0]).argmax(1) == unseen[1]).float().mean().item()
        history.append({"epoch": epoch, "loss": mean, "accuracy": accuracy})
        if RANK == 0:
            print("epoch=%d loss=%.4f accuracy=%.4f" % (epoch, mean, accuracy), flush=True)
    return network, history


def fingerprint(network):
    """One number for all weights: the same wherever the network is the same."""
    return sum(parameter.double().sum().item() for parameter in network.parameters())


def parse_arguments():
    parser = argparse.ArgumentParser(description="Trains a small neural network on several instances.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--learning-rate", "--learning_rate", type=float, default=0.01)
    parser.add_argument("--batch-size", "--batch_size", type=int, default=32, help="on each instance")
    parser.add_argument("--hidden", type=int, default=32, help="units of the hidden layer")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
    parser.add_argument("--test", default=os.environ["SM_CHANNEL_TEST"])
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    dist.init_process_group("gloo", init_method="tcp://algo-1:%d" % PORT, rank=RANK, world_size=len(HOSTS))
    network, history = train(arguments)
    print("weights sum to %.6f" % fingerprint(network), flush=True)
    # What the instances leave behind is put together into one archive, so one saves the network, and each its own history.
    if RANK == 0:
        torch.save(network.state_dict(), os.path.join(os.environ["SM_MODEL_DIR"], "model.pt"))
    with open(os.path.join(os.environ["SM_OUTPUT_DATA_DIR"], "history-%s.json" % HOST), "w") as file:
        json.dump(history, file)
    # Nobody leaves while another still needs it.
    dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
