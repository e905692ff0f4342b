"""Signs through keyman's REST interface with requests. Settings come from the environment: see docs/clients.md."""
import base64
import hashlib
import json
import os
import sys

import requests

session = requests.Session()
session.verify = os.environ.get("KEYMAN_CA") or True


class KeymanError(Exception):
    def __init__(self, answer):
        super().__init__(f"{answer['error']['code']} {answer['error']['message']}")
        self.code = answer["error"]["code"]
        self.answer = answer


def call(operation, request):
    """Application errors come with HTTP 200: look at `error`, not at the status."""
    url = f"{os.environ['KEYMAN_URL']}/Keyman/rest/v3/{operation}"
    answer = session.post(url, json=request, timeout=60, allow_redirects=False).json()
    if answer["error"] is not None and answer["error"]["code"] != "K0000":
        raise KeymanError(answer)
    return answer


def log_in():
    request = {
        "module": "python-rest",
        "authmethod": "pass",
        "login": os.environ["KEYMAN_LOGIN"],
        "pass": os.environ["KEYMAN_PASS"],
    }
    session.headers["Authentication"] = call("Auth/Login", request)["token"]


log_in()
print("ok log in")
key = {"certid": os.environ["KEYMAN_CERTID"], "pin": os.environ["KEYMAN_PIN"]}


def list_certificates():
    certlist = call("Cert/ListAvailable", {})["certlist"]
    assert key["certid"] in [cert["certid"] for cert in certlist], certlist


def check_the_right_pin():
    assert call("Cert/PinCheck", {"cert": key})["result"] is True


def check_a_wrong_pin():
    try:
        call("Cert/PinCheck", {"cert": {**key, "pin": "not-the-pin"}})
    except KeymanError as error:
        assert error.code == "K0009" and error.answer["result"] is False, error
    else:
        raise AssertionError("took a wrong PIN")


def sign_a_hash():
    with open("letter.txt", "rb") as letter:
        digest = hashlib.sha256(letter.read()).digest()
    hash_ = {"algorithm": "SHA256", "digest": base64.b64encode(digest).decode()}
    answer = call("Sign/Hash", {"cert": key, "hash": hash_})
    with open("letter.sig", "wb") as signature:
        signature.write(base64.b64decode(answer["data"]))


def sign_a_pdf():
    """As multipart: the document leaves and comes back as bytes."""
    with open("document.pdf", "rb") as document:
        answer = session.post(
            f"{os.environ['KEYMAN_URL']}/Keyman/rest/v3/Signature/Pades",
            data={"request": json.dumps({"cert": key, "profile": "enhanced"})},
            files={"document": document},
            headers={"Accept": "application/octet-stream"},
            timeout=600,
            allow_redirects=False,
        )
    if answer.headers["Content-Type"] != "application/octet-stream":
        raise KeymanError(answer.json())
    with open("signed.pdf", "wb") as signed:
        signed.write(answer.content)


def read_an_error():
    hash_ = {"algorithm": "SHA256", "digest": base64.b64encode(bytes(32)).decode()}
    try:
        call("Sign/Hash", {"cert": {**key, "pin": "not-the-pin"}, "hash": hash_})
    except KeymanError as error:
        assert error.code == "K0009", error
    else:
        raise AssertionError("signed with a wrong PIN")


failed = False
for step in (list_certificates, check_the_right_pin, check_a_wrong_pin, sign_a_hash, sign_a_pdf, read_an_error):
    name = step.__name__.replace("_", " ")
    try:
        step()
        print("ok", name)
    except Exception as error:
        failed = True
        print("FAIL", name + ":", type(error).__name__, str(error)[:500])
sys.exit(1 if failed else 0)
