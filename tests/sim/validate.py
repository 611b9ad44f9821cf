"""Prints one line per file of a folder, in the order of their names: 1 if it is valid under the schema, else 0."""
import json
import os
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)
for name in sorted(os.listdir(sys.argv[2])):
    with open(os.path.join(sys.argv[2], name), encoding="utf-8") as file:
        print(1 if validator.is_valid(json.load(file)) else 0)
