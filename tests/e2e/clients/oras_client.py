"""The OCI client `oras` for Python against a registry. (A script called `oras.py` would hide it.)

oras_client.py push HOST TOKEN NAME:VERSION FILE    pushes a component
oras_client.py pull HOST NAME:VERSION FOLDER        pulls into a folder, and prints the path of each file
oras_client.py tags HOST NAME                       prints the tags, one a line
"""

import json
import os
import sys
import tempfile

from oras.client import OrasClient

command, host, *rest = sys.argv[1:]
client = OrasClient(hostname=host, insecure=True, auth_backend="basic")

if command == "push":
    token, target, file = rest
    client.auth.set_basic_auth("publisher", token)
    # The title of a layer is the path as it is given: without folders, the file's name.
    os.chdir(os.path.dirname(file))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as config:
        json.dump({}, config)
        config.flush()
        client.push(
            target=f"{host}/{target}",
            files=[f"{os.path.basename(file)}:application/wasm"],
            manifest_config=f"{config.name}:application/vnd.wasm.config.v0+json",
            disable_path_validation=True,
        )
elif command == "pull":
    target, folder = rest
    print("\n".join(client.pull(target=f"{host}/{target}", outdir=folder)))
elif command == "tags":
    (name,) = rest
    print("\n".join(client.get_tags(f"{host}/{name}")))
else:
    sys.exit(__doc__)
