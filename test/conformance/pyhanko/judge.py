#!/usr/bin/env python3
"""pyHanko as a judge of signed PDFs, many in one process: judge.py ANCHOR.pem < jobs

A job is a line "signed file TAB original file TAB password" (empty: none). Each signature found is a line on standard
output, fields parted by tabs: file, kind (SIG, NONE, REJECT, GAP), signer, mode (strict, lenient), VALID or INVALID,
summary (intact, trusted, coverage, kind of change), reason.

Strict mode comes first. Where it cannot read the signed file, lenient mode judges, but only if strict mode could not
read the original either: a signature must not be what makes a file unreadable. GAP: not even lenient mode can read the
original, so that no verdict on it is to be had from pyHanko.
"""
import logging
import sys

from pyhanko.keys import load_certs_from_pemder
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext


def open_pdf(handle, password, strict):
    reader = PdfFileReader(handle, strict=strict)
    if reader.encrypted and reader.decrypt(password).status == AuthStatus.FAILED:
        raise PdfReadError("the password does not open it here")
    if strict and reader.xrefs.hybrid_xrefs_present:
        # Strict mode opens such a file and then declines to judge it.
        raise PdfReadError("hybrid-reference file")
    return reader


def judge(path, password, strict, anchors):
    with open(path, "rb") as handle:
        signatures = open_pdf(handle, password, strict).embedded_regular_signatures
        for signature in signatures:
            signer = signature.signer_cert.subject.native.get("common_name", "")
            # No revocation data: level B carries none, and the throw-away CA publishes none.
            context = ValidationContext(trust_roots=anchors, allow_fetching=False, revocation_mode="soft-fail")
            try:
                status = validate_pdf_signature(signature, context)
                verdict = "VALID" if status.bottom_line else "INVALID"
                yield "SIG", signer, verdict, status.summary(), ""
            except PdfReadError:
                raise
            except Exception as error:  # one bad signature must not hide the others
                yield "SIG", signer, "INVALID", "", reason(error)
        if not signatures:
            yield "NONE", "", "", "", ""


def readable(path, password, strict):
    """Can it be judged at all? What judging needs of a file: its catalog, its form and its first page."""
    try:
        with open(path, "rb") as handle:
            reader = open_pdf(handle, password, strict)
            list(reader.embedded_signatures)
            reader.find_page_for_modification(0)
            return True
    except Exception:
        return False


def findings(signed, original, password, anchors):
    try:
        return "strict", list(judge(signed, password, True, anchors))
    except Exception as error:
        refusal = error
    if readable(original, password, True):
        return "strict", [("REJECT", "", "", "", f"strict mode reads the original: {reason(refusal)}")]
    try:
        return "lenient", list(judge(signed, password, False, anchors))
    except Exception as error:
        kind = "REJECT" if readable(original, password, False) else "GAP"
        return "lenient", [(kind, "", "", "", reason(error))]


def reason(error):
    return f"{type(error).__name__}: {error}"


def main():
    logging.disable(logging.CRITICAL)
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    anchors = list(load_certs_from_pemder([sys.argv[1]]))
    for line in sys.stdin:
        signed, original, password = line.rstrip("\n").split("\t")
        mode, found = findings(signed, original, password, anchors)
        for kind, signer, *verdict in found:
            fields = (signed, kind, signer, mode, *verdict)
            print(*(" ".join(str(field).split()) for field in fields), sep="\t", flush=True)


if __name__ == "__main__":
    main()
