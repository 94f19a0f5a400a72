The schema and the man page come from the tables.

  $ smo schema | python3 -m json.tool > /dev/null && echo valid
  valid
  $ smo schema | head -4
  {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": "urn:smo:hdag",
    "title": "HDAG descriptor",
  $ smo schema -o yaml | head -3
  "$schema": https://json-schema.org/draft/2020-12/schema
  "$id": urn:smo:hdag
  title: HDAG descriptor
  $ smo help --man | head -3
  .TH SMO 1 "" "smo 0.1.0" "User Commands"
  .SH NAME
  smo \- deploys applications over several Kubernetes clusters
  $ smo help graph deploy --man | grep '^.TH'
  .TH SMO-GRAPH-DEPLOY 1 "" "smo 0.1.0" "User Commands"
  $ smo help --man | grep -c null
  0
  [1]
