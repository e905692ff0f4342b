"""Signs through keyman's SOAP service with zeep. Settings come from the environment: see docs/clients.md."""
import hashlib
import os
import sys

import requests
import zeep

base = os.environ["KEYMAN_URL"]
session = requests.Session()
session.verify = os.environ.get("KEYMAN_CA") or True
transport = zeep.Transport(session=session, timeout=30, operation_timeout=120)
client = zeep.Client(base + "/Keyman/KeymanServiceV3.svc?wsdl", transport=transport)
keyman = client.service


class KeymanError(Exception):
    def __init__(self, error):
        super().__init__(f"{error.code} {error.message}")
        self.code = error.code


def checked(answer):
    """Errors come as a member of the answer, not as SOAP faults."""
    if answer.error is not None and answer.error.code != "K0000":
        raise KeymanError(answer.error)
    return answer


def log_in():
    request = {
        "module": "python-soap",
        "authmethod": "pass",
        "login": os.environ["KEYMAN_LOGIN"],
        "pass": os.environ["KEYMAN_PASS"],
    }
    return checked(keyman.AuthLogin(request=request)).token


token = log_in()
print("ok log in")
key = {"certid": os.environ["KEYMAN_CERTID"], "pin": os.environ["KEYMAN_PIN"]}


def list_certificates():
    certlist = checked(keyman.CertListAvailable(request={"token": token})).certlist
    assert key["certid"] in [cert.certid for cert in certlist.Cert], certlist


def check_the_right_pin():
    assert checked(keyman.CertPinCheck(request={"token": token, "cert": key})).result is True


def check_a_wrong_pin():
    answer = keyman.CertPinCheck(request={"token": token, "cert": {**key, "pin": "not-the-pin"}})
    assert answer.result is False and answer.error.code == "K0009", answer


def sign_a_hash():
    with open("letter.txt", "rb") as letter:
        digest = hashlib.sha256(letter.read()).digest()
    hash_ = {"algorithm": "SHA256", "digest": digest}
    answer = checked(keyman.SignHash(request={"token": token, "cert": key, "hash": hash_}))
    with open("letter.sig", "wb") as signature:
        signature.write(answer.data)


def sign_a_pdf():
    with open("document.pdf", "rb") as document:
        request = {"token": token, "cert": key, "profile": "enhanced", "document": document.read()}
    answer = checked(keyman.SignaturePades(request=request))
    with open("signed.pdf", "wb") as signed:
        signed.write(answer.data)


def read_an_error():
    hash_ = {"algorithm": "SHA256", "digest": bytes(32)}
    try:
        checked(keyman.SignHash(request={"token": token, "cert": {**key, "pin": "not-the-pin"}, "hash": hash_}))
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
