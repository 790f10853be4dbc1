import boto3
from training import outcome, train


def test_a_job_that_ends_well_leaves_its_model():
    train("good", "echo weights > /opt/ml/model/weights")
    status, reason, model = outcome("good")
    assert (status, reason) == ("Completed", None)
    bucket, key = model.removeprefix("s3://").split("/", 1)
    assert boto3.client("s3").head_object(Bucket=bucket, Key=key)["ContentLength"] > 0


def test_a_job_that_fails_says_why():
    train("bad", "echo 'no such column: age' > /opt/ml/output/failure; exit 1")
    status, reason, _ = outcome("bad")
    assert status == "Failed"
    assert "no such column: age" in reason


def test_a_job_that_is_stopped_is_no_failure():
    train("stopped", "trap 'exit 0' TERM; sleep 600 & wait")
    boto3.client("sagemaker").stop_training_job(TrainingJobName="stopped")
    assert outcome("stopped")[:2] == ("Stopped", None)
