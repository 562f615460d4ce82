"""Sigstore's own library for Python on a bundle of ours: verify.py BUNDLE PUBLIC_KEY_PEM

It has no public way to judge by a key (its `Verifier` wants certificates), so its DSSE envelope and the check of its
signature are used, which is the part that must agree; and that it refuses the whole bundle is held too, so that we
notice when that changes.
"""

import json
import sys

from cryptography.hazmat.primitives.serialization import load_pem_public_key
from sigstore import dsse
from sigstore.models import Bundle, InvalidBundle

bundle_path, key_path = sys.argv[1:]
text = open(bundle_path).read()
key = load_pem_public_key(open(key_path, "rb").read())
bundle = json.loads(text)

envelope = dsse.Envelope._from_json(json.dumps(bundle["dsseEnvelope"]))
statement = json.loads(dsse._verify(key, envelope))

signed = bundle["dsseEnvelope"]["payload"]
bundle["dsseEnvelope"]["payload"] = signed[:-8] + ("AAAAAAAA" if not signed.endswith("AAAAAAAA") else "BBBBBBBB")
try:
    dsse._verify(key, dsse.Envelope._from_json(json.dumps(bundle["dsseEnvelope"])))
    sys.exit("a forged statement went through")
except Exception as error:
    assert "ignature" in f"{type(error).__name__} {error}", repr(error)

try:
    Bundle.from_json(text)
    sys.exit("this version judges bundles that are signed by a key: use it here")
except InvalidBundle:
    pass

predicate = statement["predicate"]
print(predicate["name"], predicate["version"], statement["subject"][0]["digest"]["sha256"])
