"""Trains a small neural network to read handwritten digits, with nothing but Python's standard library.

It is an ordinary SageMaker training script: it takes its folders from SM_CHANNEL_TRAIN, SM_CHANNEL_TEST, SM_MODEL_DIR and
SM_OUTPUT_DATA_DIR, or from the places below /opt/ml that they name, and its hyperparameters as arguments. It runs as well
without SageMaker:

    python3 train.py --train train --test test --model-dir model --output-data-dir output
"""

import argparse
import csv
import json
import math
import os
import random
import signal
import sys
import time
from operator import mul

PIXELS = 64
LARGEST_PIXEL = 16
DIGITS = 10


class Network:
    """One hidden layer of rectified units, then a softmax over the ten digits. Weights are rows, one for each unit."""

    def __init__(self, hidden, output):
        self.hidden = hidden
        self.output = output

    @classmethod
    def untrained(cls, units, rng):
        return cls(hidden=layer(units, PIXELS, rng), output=layer(DIGITS, units, rng))

    def forward(self, image):
        """Returns the activations of the hidden layer and the probability of each digit."""
        active = [max(0.0, total) for total in weigh(self.hidden, image)]
        scores = weigh(self.output, active)
        top = max(scores)
        exponentials = [math.exp(score - top) for score in scores]
        whole = sum(exponentials)
        return active, [value / whole for value in exponentials]

    def learn(self, image, digit, rate):
        """One step of gradient descent on one image; returns its loss before the step."""
        active, probabilities = self.forward(image)
        errors = probabilities[:]
        errors[digit] -= 1.0
        passed_back = [0.0] * len(active)
        for error, weights in zip(errors, self.output):
            passed_back = [so_far + error * weight for so_far, weight in zip(passed_back, weights)]
            move(weights, active, rate * error)
        for error, value, weights in zip(passed_back, active, self.hidden):
            if value > 0.0:
                move(weights, image, rate * error)
        return -math.log(max(probabilities[digit], 1e-12))

    def predict(self, image):
        probabilities = self.forward(image)[1]
        return probabilities.index(max(probabilities))

    def accuracy(self, examples):
        return sum(self.predict(image) == digit for image, digit in examples) / len(examples)


def layer(units, inputs, rng):
    """Small random weights, with a bias at the end of each row."""
    spread = math.sqrt(2.0 / inputs)
    return [[rng.gauss(0.0, spread) for _ in range(inputs)] + [0.0] for _ in range(units)]


def weigh(rows, inputs):
    return [sum(map(mul, row, inputs)) + row[-1] for row in rows]


def move(weights, inputs, step):
    bias = weights[-1] - step
    weights[:] = [weight - step * value for weight, value in zip(weights, inputs)]
    weights.append(bias)


def read_digits(path):
    """The digits of a CSV file, or of every CSV file in a folder: 64 pixels from 0 to 16, then the digit."""
    examples = []
    for name in csv_files(path):
        with open(name, newline="") as file:
            for row in csv.reader(file):
                pixels = [int(value) / LARGEST_PIXEL for value in row[:PIXELS]]
                examples.append((pixels, int(row[PIXELS])))
    if not examples:
        sys.exit("There is no digit in %s: it should hold CSV lines of 64 pixels and a digit." % path)
    return examples


def csv_files(path):
    if not os.path.isdir(path):
        return [path]
    return [os.path.join(path, name) for name in sorted(os.listdir(path)) if name.endswith(".csv")]


class Stop:
    """Notes SIGTERM, which is how SageMaker stops a job, so that training ends between two steps and saves what it has."""

    def __init__(self):
        self.asked = False
        signal.signal(signal.SIGTERM, self.note)

    def note(self, *_):
        self.asked = True


def train(arguments, stop):
    rng = random.Random(arguments.seed)
    examples = read_digits(arguments.train)
    unseen = read_digits(arguments.test)
    print("%d digits to learn from, %d to be tested on" % (len(examples), len(unseen)), flush=True)
    network = Network.untrained(arguments.hidden, rng)
    history = []
    for epoch in range(1, arguments.epochs + 1):
        began = time.monotonic()
        rng.shuffle(examples)
        loss = train_epoch(network, examples, arguments.learning_rate / math.sqrt(epoch), stop)
        if stop.asked:
            print("stopped in epoch %d: saving the model as it is" % epoch, flush=True)
            break
        accuracy = network.accuracy(unseen)
        history.append({"epoch": epoch, "loss": loss, "accuracy": accuracy, "seconds": time.monotonic() - began})
        print("epoch=%d loss=%.4f accuracy=%.4f" % (epoch, loss, accuracy), flush=True)
    return network, history


def train_epoch(network, examples, rate, stop):
    total = 0.0
    for image, digit in examples:
        if stop.asked:
            break
        total += network.learn(image, digit, rate)
    return total / len(examples)


def save(folder, name, value):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name), "w") as file:
        json.dump(value, file)


def parse_arguments():
    environment = os.environ.get
    parser = argparse.ArgumentParser(description="Trains a small neural network to read handwritten digits.")
    parser.add_argument("--epochs", type=int, default=12)
    # SageMaker hands hyperparameters over by their own name, which in Python code usually has an underscore.
    parser.add_argument("--learning-rate", "--learning_rate", type=float, default=0.02)
    parser.add_argument("--hidden", type=int, default=24, help="units of the hidden layer")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--train", default=environment("SM_CHANNEL_TRAIN", "/opt/ml/input/data/train"))
    parser.add_argument("--test", default=environment("SM_CHANNEL_TEST", "/opt/ml/input/data/test"))
    parser.add_argument("--model-dir", default=environment("SM_MODEL_DIR", "/opt/ml/model"))
    parser.add_argument("--output-data-dir", default=environment("SM_OUTPUT_DATA_DIR", "/opt/ml/output/data"))
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    network, history = train(arguments, Stop())
    save(arguments.model_dir, "model.json", {"hidden": network.hidden, "output": network.output})
    save(arguments.output_data_dir, "metrics.json", history)


if __name__ == "__main__":
    main()
