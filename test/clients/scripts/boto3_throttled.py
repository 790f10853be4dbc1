"""boto3 against a server that answers at AWS's rates: what comes too fast is tried again, and a client that does not try again is told so."""

import unittest

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(attempts):
    return boto3.client("sagemaker", config=Config(retries={"mode": "standard", "total_max_attempts": attempts}))


class Throttled(unittest.TestCase):
    def test_tries_again_until_it_is_answered(self):
        sagemaker = client(10)
        answers = [sagemaker.list_training_jobs()["ResponseMetadata"] for _ in range(5)]
        self.assertEqual([answer["HTTPStatusCode"] for answer in answers], [200] * 5)
        self.assertGreater(sum(answer["RetryAttempts"] for answer in answers), 0)

    def test_is_told_when_it_does_not_try_again(self):
        sagemaker = client(1)
        with self.assertRaises(ClientError) as refused:
            for _ in range(50):
                sagemaker.list_training_jobs()
        error = refused.exception.response
        self.assertEqual(error["Error"]["Code"], "ThrottlingException")
        self.assertEqual(error["Error"]["Message"], "Rate exceeded")
        self.assertEqual(error["ResponseMetadata"]["HTTPStatusCode"], 400)


if __name__ == "__main__":
    unittest.main()
