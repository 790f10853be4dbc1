"""Reads handwritten digits with a model that train.py made.

    python3 predict.py model.tar.gz test/digits.csv
"""

import argparse
import json
import os
import tarfile

from train import Network, read_digits

SHOWN = 10


def load_model(path):
    """The network of a model.json, of a folder that holds one, or of the model.tar.gz of a training job."""
    file_path = os.path.join(path, "model.json") if os.path.isdir(path) else path
    if tarfile.is_tarfile(file_path):
        with tarfile.open(file_path) as archive:
            return Network(**json.load(archive.extractfile("model.json")))
    with open(file_path) as file:
        return Network(**json.load(file))


def main():
    parser = argparse.ArgumentParser(description="Reads handwritten digits with a model that train.py made.")
    parser.add_argument("model", help="model.tar.gz, model.json, or a folder that holds model.json")
    parser.add_argument("digits", help="a CSV file of 64 pixels and the true digit, or a folder of such files")
    arguments = parser.parse_args()

    network = load_model(arguments.model)
    examples = read_digits(arguments.digits)
    for image, digit in examples[:SHOWN]:
        predicted = network.predict(image)
        print("%d is read as %d%s" % (digit, predicted, "" if digit == predicted else "   wrong"))
    print("accuracy=%.4f of %d digits" % (network.accuracy(examples), len(examples)))


if __name__ == "__main__":
    main()
