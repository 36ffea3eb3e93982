"""Scans a table with boto3 and does nothing with its items: prints what it took, as the bench's own processes do."""

import json
import resource
import sys
import time

import boto3

URL = sys.argv[1]

begun, cpu = time.perf_counter(), time.process_time()
client = boto3.client(
    "dynamodb", region_name="us-east-1", endpoint_url=URL, aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="secret"
)
items = 0
for page in client.get_paginator("scan").paginate(TableName="bench"):
    items += len(page["Items"])
print(json.dumps({
    "rows": items,
    "wall_s": time.perf_counter() - begun,
    "cpu_s": time.process_time() - cpu,
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
