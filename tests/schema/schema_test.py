#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The schema accepts what the reader accepts and refuses what it refuses.

schema_test.py READER FILE...: the good descriptors FILE, and thousands of mutants of them, are judged by the reader and
by a public validator (python3-jsonschema) with the reader's schema.
"""
import copy
import json
import os
import random
import subprocess
import sys

try:
    import jsonschema
    import yaml
except ImportError:
    # Debian's packages belong to Debian's python, which need not be the first in PATH.
    if sys.executable == "/usr/bin/python3":
        raise
    os.execv("/usr/bin/python3", ["/usr/bin/python3", __file__, *sys.argv[1:]])

MUTANTS = 4000
# What a value is replaced by: every kind, and words that some field takes.
VALUES = [None, True, False, 0, 1, 2, -1, 0.5, 1.0, 1e30, "", "x", "A b", "-x", "small", "none", "huge", "750m", "3Gi", "10GB",
          "1x", "true", "No", "1", "ANY", "and", "both", "low", "ultralow", "keep", "automatic", "5m", "1h30m", "1m1h", "0",
          "nvidia.com/gpu", "gpu", "oci://h/p", "oci://h", "s" * 54, "s" * 64, [], ["x"], ["x", 1], [0, 1], [[]], [{}], {},
          {"enabled": True}, {"enabled": "maybe"}, {"id": "x"}, {"auto": {}}, {"auto": None}, {"event": {}},
          {"event": {"events": [{"id": "e", "condition": {"promQuery": "up"}}]}}, {"count": 0}, {"count": 2}]


class Loader(yaml.SafeLoader):
    """YAML 1.2: yes and no are text."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:bool"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", __import__("re").compile("^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF")


def places(value, path=()):
    """Every path into a document."""
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from places(inner, path + (key,))


def parent_of(document, path):
    for key in path[:-1]:
        document = document[key]
    return document


def known_keys(schema):
    """All keys that some shape has."""
    keys = set()
    for definition in schema["$defs"].values():
        for alternative in definition.get("anyOf", [definition]):
            keys |= alternative.get("properties", {}).keys()
    return sorted(keys)


def mutate(document, keys, rnd):
    mutant = copy.deepcopy(document)
    for _ in range(rnd.randint(1, 3)):
        path = rnd.choice([p for p in places(mutant) if len(p) > 1 or (p and rnd.random() < 0.1)] or [()])
        if not path:
            break
        parent, key = parent_of(mutant, path), path[-1]
        action = rnd.random()
        if action < 0.2:
            del parent[key]
        elif action < 0.4 and isinstance(parent[key], dict):
            parent[key][rnd.choice(keys)] = copy.deepcopy(rnd.choice(VALUES))
        else:
            parent[key] = copy.deepcopy(rnd.choice(VALUES))
    return mutant


def verdicts(reader, documents):
    text = "".join(json.dumps(d) + "\n" for d in documents)
    answer = subprocess.run([reader, "verdicts"], input=text, capture_output=True, text=True, check=True, timeout=120)
    return answer.stdout.splitlines()


def main():
    reader, files = sys.argv[1], sys.argv[2:]
    schema = json.loads(subprocess.run([reader, "schema"], capture_output=True, text=True, check=True, timeout=20).stdout)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    rnd = random.Random(20)
    keys = known_keys(schema)
    documents = [yaml.load(open(f, encoding="utf-8"), Loader) for f in files]
    documents.append({"hdag": documents[0]})
    mutants = [mutate(rnd.choice(documents), keys, rnd) for _ in range(MUTANTS)]
    bad, refused = 0, 0
    print("1..4")
    for document, said in zip(documents + mutants, verdicts(reader, documents + mutants), strict=True):
        valid = validator.is_valid(document)
        refused += not valid
        if valid != (said == "good"):
            bad += 1
            if bad <= 10:
                print(f"# schema {'accepts' if valid else 'refuses'}, reader: {said}\n#   {json.dumps(document)}")
    good = all(said == "good" for said in verdicts(reader, documents))
    described = [k for k in keys if k not in json.dumps([d for d in documents])]
    print("ok 1 - the schema is one of draft 2020-12")
    print(f"{'not ' * (not good)}ok 2 - all {len(documents)} descriptors are good")
    print(f"{'not ' * (bad > 0)}ok 3 - schema and reader agree on {len(mutants)} mutants")
    mixed = MUTANTS // 5 < refused < MUTANTS * 4 // 5
    print(f"{'not ' * (not mixed)}ok 4 - mutants are of both kinds ({refused} refused); keys in no example: {len(described)}")
    return not good or bad > 0 or not mixed


if __name__ == "__main__":
    sys.exit(main())
