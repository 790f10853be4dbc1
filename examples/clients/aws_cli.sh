#!/bin/sh
# Trains on the handwritten digits with the AWS CLI: upload, create, wait, read the log, fetch the model.
#
#     pip install awscli
#     sh aws_cli.sh
#
# There is no endpoint in here: against Trainyard it runs with the variables of `trainyard env`, against AWS without them (and
# with a role of yours).
set -eu

digits=$(dirname "$0")/../digits
job=digits-cli-$(date +%s)
account=$(aws sts get-caller-identity --query Account --output text)
bucket=sagemaker-$AWS_REGION-$account
group=/aws/sagemaker/TrainingJobs
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# The data as it is, the script as the archive that SageMaker's script mode takes.
aws s3 sync --only-show-errors "$digits/train" "s3://$bucket/$job/train"
aws s3 sync --only-show-errors "$digits/test" "s3://$bucket/$job/test"
tar -czf "$work/sourcedir.tar.gz" -C "$digits" train.py
aws s3 cp --only-show-errors "$work/sourcedir.tar.gz" "s3://$bucket/$job/sourcedir.tar.gz"

cat >"$work/job.json" <<EOF
{
  "TrainingJobName": "$job",
  "RoleArn": "arn:aws:iam::$account:role/SageMakerRole",
  "AlgorithmSpecification": {
    "TrainingImage": "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312",
    "TrainingInputMode": "File",
    "MetricDefinitions": [{ "Name": "accuracy", "Regex": "accuracy=([0-9.]+)" }]
  },
  "HyperParameters": {
    "sagemaker_program": "train.py",
    "sagemaker_submit_directory": "s3://$bucket/$job/sourcedir.tar.gz",
    "epochs": "3"
  },
  "InputDataConfig": [
    {
      "ChannelName": "train",
      "DataSource": { "S3DataSource": { "S3DataType": "S3Prefix", "S3Uri": "s3://$bucket/$job/train/" } }
    },
    {
      "ChannelName": "test",
      "DataSource": { "S3DataSource": { "S3DataType": "S3Prefix", "S3Uri": "s3://$bucket/$job/test/" } }
    }
  ],
  "OutputDataConfig": { "S3OutputPath": "s3://$bucket/output" },
  "ResourceConfig": { "InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 10 },
  "StoppingCondition": { "MaxRuntimeInSeconds": 600 }
}
EOF
aws sagemaker create-training-job --cli-input-json "file://$work/job.json" --query TrainingJobArn --output text

# For a long job `aws sagemaker wait` alone will do; it asks only every two minutes.
status=InProgress
while [ "$status" = InProgress ] || [ "$status" = Stopping ]; do
  sleep 1
  status=$(aws sagemaker describe-training-job --training-job-name "$job" --query TrainingJobStatus --output text)
done
aws sagemaker wait training-job-completed-or-stopped --training-job-name "$job"
aws sagemaker describe-training-job --training-job-name "$job" --output text \
  --query 'SecondaryStatusTransitions[].[Status, StatusMessage]'

stream=$(aws logs describe-log-streams --log-group-name "$group" --log-stream-name-prefix "$job/" \
  --query 'logStreams[0].logStreamName' --output text)
aws logs get-log-events --log-group-name "$group" --log-stream-name "$stream" --start-from-head \
  --query 'events[].[message]' --output text

model=$(aws sagemaker describe-training-job --training-job-name "$job" \
  --query ModelArtifacts.S3ModelArtifacts --output text)
aws s3 cp --only-show-errors "$model" "$work/model.tar.gz"
python3 "$digits/predict.py" "$work/model.tar.gz" "$digits/test/digits.csv"
