"""Trains on the handwritten digits with the SageMaker Python SDK, version 2 (Estimator).

    pip install 'sagemaker<3'
    python3 estimator.py

There is no endpoint in here: against Trainyard it runs with the variables of `trainyard env`, against AWS without them (and
with a role of yours).
"""

import os

from sagemaker import Session
from sagemaker.estimator import Estimator

DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "digits")

session = Session()

estimator = Estimator(
    image_uri="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312",
    entry_point="train.py",
    source_dir=DIGITS,
    role="arn:aws:iam::111122223333:role/SageMakerRole",
    base_job_name="digits-estimator",
    instance_type="ml.m5.xlarge",
    instance_count=1,
    hyperparameters={"epochs": 3},
    metric_definitions=[{"Name": "accuracy", "Regex": "accuracy=([0-9.]+)"}],
    max_run=600,
    sagemaker_session=session,
)

estimator.fit(
    {
        "train": session.upload_data(os.path.join(DIGITS, "train"), key_prefix="digits/train"),
        "test": session.upload_data(os.path.join(DIGITS, "test"), key_prefix="digits/test"),
    }
)

job = estimator.latest_training_job
for transition in job.describe()["SecondaryStatusTransitions"]:
    print("%-12s %s" % (transition["Status"], transition["StatusMessage"]))
print("job is %s" % job.name)
print("model is %s" % estimator.model_data)
