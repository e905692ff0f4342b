// Signs through keyman's SOAP service with gSOAP. Settings come from the environment: see docs/clients.md.
#include <openssl/sha.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <vector>

#include "BasicHttpBinding_USCOREIKeymanServiceV3.nsmap"
#include "soapBasicHttpBinding_USCOREIKeymanServiceV3Proxy.h"

using Proxy = BasicHttpBinding_USCOREIKeymanServiceV3Proxy;
using Bytes = std::vector<unsigned char>;

static int failures = 0;

static std::string setting(const char *name) {
  const char *value = std::getenv(name);
  return value == nullptr ? "" : value;
}

static Bytes read_file(const char *path) {
  std::ifstream file(path, std::ios::binary);
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

static void write_file(const char *path, const xsd__base64Binary *bytes) {
  std::ofstream(path, std::ios::binary).write(reinterpret_cast<const char *>(bytes->__ptr), bytes->__size);
}

static void expect(bool condition, const std::string &otherwise) {
  if (!condition) throw std::runtime_error(otherwise);
}

// Transport problems are gSOAP's; errors of keyman come as a member of the answer, not as SOAP faults.
static void sent(Proxy &keyman, int status) {
  if (status == SOAP_OK) return;
  char text[512] = "";
  soap_sprint_fault(keyman.soap, text, sizeof text);
  throw std::runtime_error(text);
}

template <typename Result>
static Result *checked(Result *result) {
  expect(result != nullptr, "there is no answer");
  if (result->error != nullptr && *result->error->code != "K0000")
    throw std::runtime_error(*result->error->code + " " + *result->error->message);
  return result;
}

static std::string *text(Proxy &keyman, const std::string &value) {
  auto *made = soap_new_std__string(keyman.soap);
  *made = value;
  return made;
}

static xsd__base64Binary *bytes(Proxy &keyman, Bytes &value) {
  auto *binary = soap_new_xsd__base64Binary(keyman.soap);
  binary->soap_default(keyman.soap);
  binary->__ptr = value.data();
  binary->__size = static_cast<int>(value.size());
  return binary;
}

static void step(const std::string &name, const std::function<void()> &work) {
  try {
    work();
    std::cout << "ok " << name << std::endl;
  } catch (const std::exception &error) {
    ++failures;
    std::cout << "FAIL " << name << ": " << error.what() << std::endl;
  }
}

int main() {
  const std::string address = setting("KEYMAN_URL") + "/Keyman/KeymanServiceV3.svc";
  Proxy keyman(address.c_str(), SOAP_C_UTFSTRING | SOAP_IO_KEEPALIVE);
  keyman.soap->connect_timeout = 30;
  keyman.soap->send_timeout = keyman.soap->recv_timeout = 120;
  if (address.rfind("https:", 0) == 0) {
    const std::string authority = setting("KEYMAN_CA");
    soap_ssl_client_context(keyman.soap, SOAP_SSL_REQUIRE_SERVER_AUTHENTICATION, nullptr, nullptr, authority.c_str(),
                            nullptr, nullptr);
  }

  std::string *token = nullptr;
  auto *key = soap_new_ns1__Cert(keyman.soap);
  key->soap_default(keyman.soap);
  key->certid = text(keyman, setting("KEYMAN_CERTID"));
  key->pin = text(keyman, setting("KEYMAN_PIN"));
  auto *wrong_key = soap_new_ns1__Cert(keyman.soap);
  wrong_key->soap_default(keyman.soap);
  wrong_key->certid = key->certid;
  wrong_key->pin = text(keyman, "not-the-pin");

  step("log in", [&] {
    auto *request = soap_new_ns1__AuthLoginRequest(keyman.soap);
    request->soap_default(keyman.soap);
    request->module = text(keyman, "gsoap");
    request->authmethod = text(keyman, "pass");
    request->login = text(keyman, setting("KEYMAN_LOGIN"));
    request->pass = text(keyman, setting("KEYMAN_PASS"));
    _ns1__AuthLogin message;
    message.soap_default(keyman.soap);
    message.request = request;
    _ns1__AuthLoginResponse answer;
    sent(keyman, keyman.AuthLogin(&message, answer));
    token = checked(answer.AuthLoginResult)->token;
  });

  step("list certificates", [&] {
    auto *request = soap_new_ns1__CertListAvailableRequest(keyman.soap);
    request->soap_default(keyman.soap);
    request->token = token;
    _ns1__CertListAvailable message;
    message.soap_default(keyman.soap);
    message.request = request;
    _ns1__CertListAvailableResponse answer;
    sent(keyman, keyman.CertListAvailable(&message, answer));
    bool found = false;
    for (const auto *cert : checked(answer.CertListAvailableResult)->certlist->Cert)
      found = found || *cert->certid == *key->certid;
    expect(found, "the certificate is not in the list");
  });

  const auto check_pin = [&](ns1__Cert *cert, _ns1__CertPinCheckResponse &answer) {
    auto *request = soap_new_ns1__CertPinCheckRequest(keyman.soap);
    request->soap_default(keyman.soap);
    request->token = token;
    request->cert = cert;
    _ns1__CertPinCheck message;
    message.soap_default(keyman.soap);
    message.request = request;
    sent(keyman, keyman.CertPinCheck(&message, answer));
  };
  step("check the right pin", [&] {
    _ns1__CertPinCheckResponse answer;
    check_pin(key, answer);
    expect(*checked(answer.CertPinCheckResult)->result, "the PIN was not taken");
  });
  step("check a wrong pin", [&] {
    _ns1__CertPinCheckResponse answer;
    check_pin(wrong_key, answer);
    const auto *result = answer.CertPinCheckResult;
    expect(!*result->result && *result->error->code == "K0009", "a wrong PIN is not told");
  });

  const auto sign_hash = [&](ns1__Cert *cert, const Bytes &content) {
    Bytes digest(SHA256_DIGEST_LENGTH);
    SHA256(content.data(), content.size(), digest.data());
    auto *hash = soap_new_ns1__Hash(keyman.soap);
    hash->soap_default(keyman.soap);
    hash->algorithm = text(keyman, "SHA256");
    hash->digest = bytes(keyman, digest);
    auto *request = soap_new_ns1__SignHashRequest(keyman.soap);
    request->soap_default(keyman.soap);
    request->token = token;
    request->cert = cert;
    request->hash = hash;
    _ns1__SignHash message;
    message.soap_default(keyman.soap);
    message.request = request;
    _ns1__SignHashResponse answer;
    sent(keyman, keyman.SignHash(&message, answer));
    return checked(answer.SignHashResult)->data;
  };
  step("sign a hash", [&] { write_file("letter.sig", sign_hash(key, read_file("letter.txt"))); });

  step("sign a pdf", [&] {
    Bytes document = read_file("document.pdf");
    auto *request = soap_new_ns1__SignaturePadesRequest(keyman.soap);
    request->soap_default(keyman.soap);
    request->token = token;
    request->cert = key;
    request->profile = text(keyman, "enhanced");
    request->document = bytes(keyman, document);
    _ns1__SignaturePades message;
    message.soap_default(keyman.soap);
    message.request = request;
    _ns1__SignaturePadesResponse answer;
    sent(keyman, keyman.SignaturePades(&message, answer));
    write_file("signed.pdf", checked(answer.SignaturePadesResult)->data);
  });

  step("read an error", [&] {
    try {
      sign_hash(wrong_key, {});
    } catch (const std::exception &error) {
      expect(std::string(error.what()).rfind("K0009 ", 0) == 0, error.what());
      return;
    }
    expect(false, "signed with a wrong PIN");
  });
  return failures == 0 ? 0 : 1;
}
