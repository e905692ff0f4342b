// Signs through keyman's SOAP service with WCF. Settings come from the environment: see docs/clients.md.
// Keyman.cs is generated: svcutil -out:Keyman.cs https://keyman.example.org/Keyman/KeymanServiceV3.svc?singleWsdl
using System;
using System.IO;
using System.Linq;
using System.Security.Cryptography;
using System.ServiceModel;
// The service's XML namespace, as svcutil turns it into one of .NET.
using cinnabar.keyman.v3;
using ErrorMember = cinnabar.keyman.v3.Error;

public class KeymanException : Exception
{
    public KeymanException(ErrorMember error) : base(error.code + " " + error.message)
    {
        Code = error.code;
    }

    public string Code { get; private set; }
}

public static class Program
{
    private static KeymanServiceV3Client keyman;
    private static string token;
    private static int failures;

    public static int Main()
    {
        var url = Environment.GetEnvironmentVariable("KEYMAN_URL");
        // The binding's limits are in app.config: without them WCF refuses answers above 64 KB.
        var endpoint = url.StartsWith("https:") ? "keyman-https" : "keyman-http";
        keyman = new KeymanServiceV3Client(endpoint, url + "/Keyman/KeymanServiceV3.svc");

        var key = new Cert { certid = Setting("KEYMAN_CERTID"), pin = Setting("KEYMAN_PIN") };
        var wrongKey = new Cert { certid = key.certid, pin = "not-the-pin" };
        Step("log in", () =>
        {
            var answer = keyman.AuthLogin(new AuthLoginRequest
            {
                module = "dotnet",
                authmethod = "pass",
                login = Setting("KEYMAN_LOGIN"),
                pass = Setting("KEYMAN_PASS"),
            });
            Check(answer.error);
            token = answer.token;
        });
        Step("list certificates", () =>
        {
            var answer = keyman.CertListAvailable(new CertListAvailableRequest { token = token });
            Check(answer.error);
            Expect(answer.certlist.Any(cert => cert.certid == key.certid), "the certificate is not in the list");
        });
        Step("check the right pin", () =>
        {
            var answer = keyman.CertPinCheck(new CertPinCheckRequest { token = token, cert = key });
            Check(answer.error);
            Expect(answer.result, "the PIN was not taken");
        });
        Step("check a wrong pin", () =>
        {
            var answer = keyman.CertPinCheck(new CertPinCheckRequest { token = token, cert = wrongKey });
            Expect(!answer.result && answer.error.code == "K0009", "a wrong PIN is not told");
        });
        Step("sign a hash", () =>
        {
            var answer = SignHash(key, File.ReadAllBytes("letter.txt"));
            File.WriteAllBytes("letter.sig", answer);
        });
        Step("sign a pdf", () =>
        {
            var answer = keyman.SignaturePades(new SignaturePadesRequest
            {
                token = token,
                cert = key,
                profile = "enhanced",
                document = File.ReadAllBytes("document.pdf"),
            });
            Check(answer.error);
            File.WriteAllBytes("signed.pdf", answer.data);
        });
        Step("read an error", () =>
        {
            try
            {
                SignHash(wrongKey, new byte[0]);
            }
            catch (KeymanException error)
            {
                Expect(error.Code == "K0009", error.Message);
                return;
            }
            Expect(false, "signed with a wrong PIN");
        });
        keyman.Close();
        return failures == 0 ? 0 : 1;
    }

    private static byte[] SignHash(Cert key, byte[] content)
    {
        using (var sha256 = SHA256.Create())
        {
            var hash = new Hash { algorithm = "SHA256", digest = sha256.ComputeHash(content) };
            var answer = keyman.SignHash(new SignHashRequest { token = token, cert = key, hash = hash });
            Check(answer.error);
            return answer.data;
        }
    }

    /// Errors come as a member of the answer, not as SOAP faults.
    private static void Check(ErrorMember error)
    {
        if (error != null && error.code != "K0000") throw new KeymanException(error);
    }

    private static void Expect(bool condition, string otherwise)
    {
        if (!condition) throw new InvalidOperationException(otherwise);
    }

    private static void Step(string name, Action work)
    {
        try
        {
            work();
            Console.WriteLine("ok " + name);
        }
        catch (Exception error)
        {
            failures++;
            Console.WriteLine("FAIL " + name + ": " + error.GetType().Name + " " + error.Message);
        }
    }

    private static string Setting(string name)
    {
        return Environment.GetEnvironmentVariable(name);
    }
}
