#!/usr/bin/env bash
# Signs through keyman's REST interface with curl and jq. Settings come from the environment: see docs/clients.md.
set -euo pipefail
api="$KEYMAN_URL/Keyman/rest/v3"
token=
failed=0
curl_options=(--silent --show-error --max-time 120 ${KEYMAN_CA:+--cacert "$KEYMAN_CA"})

# post OPERATION JSON: what is secret goes in by standard input, not by arguments that everybody on the machine sees.
post() {
  printf '%s' "$2" | curl "${curl_options[@]}" "$api/$1" -H "Content-Type: application/json" \
    -H @<(printf 'Authentication: %s' "$token") --data-binary @-
}

step() {
  if "$2"; then echo "ok $1"; else echo "FAIL $1: $answer"; failed=1; fi
}

cert() { jq -n --arg certid "$KEYMAN_CERTID" --arg pin "$1" '{cert: {$certid, $pin}}'; }

log_in() {
  answer=$(post Auth/Login "$(jq -n '{module: "curl", authmethod: "pass", login: env.KEYMAN_LOGIN, pass: env.KEYMAN_PASS}')")
  token=$(jq -er .token <<<"$answer")
}
list_certificates() {
  answer=$(post Cert/ListAvailable '{}')
  jq -e 'any(.certlist[]; .certid == env.KEYMAN_CERTID)' <<<"$answer" >/dev/null
}
check_the_right_pin() {
  answer=$(post Cert/PinCheck "$(cert "$KEYMAN_PIN")")
  jq -e .result <<<"$answer" >/dev/null
}
check_a_wrong_pin() {
  answer=$(post Cert/PinCheck "$(cert not-the-pin)")
  jq -e '.result == false and .error.code == "K0009"' <<<"$answer" >/dev/null
}
sign_hash() {
  local digest
  digest=$(openssl dgst -sha256 -binary letter.txt | base64 -w0)
  answer=$(post Sign/Hash "$(cert "$1" | jq --arg digest "$digest" '. + {hash: {algorithm: "SHA256", $digest}}')")
}
sign_a_hash() {
  sign_hash "$KEYMAN_PIN"
  jq -er .data <<<"$answer" | base64 -d >letter.sig
}
# As a form the document leaves and comes back as bytes, whatever its size.
sign_a_pdf() {
  answer=$(curl "${curl_options[@]}" "$api/Signature/Pades" -H @<(printf 'Authentication: %s' "$token") \
    -H 'Accept: application/octet-stream' -F "request=<-" -F document=@document.pdf -o signed.pdf -w '%{content_type}' \
    <<<"$(cert "$KEYMAN_PIN" | jq '. + {profile: "enhanced"}')")
  [ "$answer" = application/octet-stream ]
}
read_an_error() {
  sign_hash not-the-pin
  jq -e '.error.code == "K0009"' <<<"$answer" >/dev/null
}

step "log in" log_in
step "list certificates" list_certificates
step "check the right pin" check_the_right_pin
step "check a wrong pin" check_a_wrong_pin
step "sign a hash" sign_a_hash
step "sign a pdf" sign_a_pdf
step "read an error" read_an_error
exit "$failed"
