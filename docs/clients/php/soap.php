<?php
// Signs through keyman's SOAP service with ext-soap. Settings come from the environment: see docs/clients.md.
declare(strict_types=1);

$context = stream_context_create(['ssl' => getenv('KEYMAN_CA') ? ['cafile' => getenv('KEYMAN_CA')] : []]);
$keyman = new SoapClient(getenv('KEYMAN_URL') . '/Keyman/KeymanServiceV3.svc?wsdl', [
    'stream_context' => $context,
    'cache_wsdl' => WSDL_CACHE_NONE,
    'connection_timeout' => 30,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
    'exceptions' => true,
]);
ini_set('default_socket_timeout', '120');

class KeymanError extends RuntimeException
{
    public function __construct(public readonly string $kCode, string $message)
    {
        parent::__construct("$kCode $message");
    }
}

/** Errors come as a member of the answer, not as SOAP faults. */
function checked(object $answer): object
{
    $error = $answer->error ?? null;
    if ($error !== null && $error->code !== 'K0000') {
        throw new KeymanError($error->code, $error->message);
    }
    return $answer;
}

/** `AuthLogin` takes `request` and answers `AuthLoginResult`. */
function call(string $method, array $request): object
{
    global $keyman;
    return $keyman->$method(['request' => $request])->{$method . 'Result'};
}

$token = checked(call('AuthLogin', [
    'module' => 'php-soap',
    'authmethod' => 'pass',
    'login' => getenv('KEYMAN_LOGIN'),
    'pass' => getenv('KEYMAN_PASS'),
]))->token;
echo "ok log in\n";
$key = ['certid' => getenv('KEYMAN_CERTID'), 'pin' => getenv('KEYMAN_PIN')];
$wrongKey = ['pin' => 'not-the-pin'] + $key;

$steps = [
    'list certificates' => function () use ($token, $key): bool {
        $certlist = checked(call('CertListAvailable', ['token' => $token]))->certlist;
        return in_array($key['certid'], array_column($certlist->Cert, 'certid'), true);
    },
    'check the right pin' => fn(): bool =>
        checked(call('CertPinCheck', ['token' => $token, 'cert' => $key]))->result === true,
    'check a wrong pin' => function () use ($token, $wrongKey): bool {
        $answer = call('CertPinCheck', ['token' => $token, 'cert' => $wrongKey]);
        return $answer->result === false && $answer->error->code === 'K0009';
    },
    'sign a hash' => function () use ($token, $key): bool {
        // ext-soap encodes and decodes base64Binary by itself.
        $hash = ['algorithm' => 'SHA256', 'digest' => hash_file('sha256', 'letter.txt', true)];
        $answer = checked(call('SignHash', ['token' => $token, 'cert' => $key, 'hash' => $hash]));
        return file_put_contents('letter.sig', $answer->data) > 0;
    },
    'sign a pdf' => function () use ($token, $key): bool {
        $document = file_get_contents('document.pdf');
        $answer = checked(call('SignaturePades', [
            'token' => $token, 'cert' => $key, 'profile' => 'enhanced', 'document' => $document,
        ]));
        return file_put_contents('signed.pdf', $answer->data) > 0;
    },
    'read an error' => function () use ($token, $wrongKey): bool {
        $hash = ['algorithm' => 'SHA256', 'digest' => str_repeat("\0", 32)];
        try {
            checked(call('SignHash', ['token' => $token, 'cert' => $wrongKey, 'hash' => $hash]));
        } catch (KeymanError $error) {
            return $error->kCode === 'K0009';
        }
        return false;
    },
];
$failed = 0;
foreach ($steps as $name => $step) {
    try {
        $why = $step() ? null : 'not what was expected';
    } catch (Throwable $error) {
        $why = get_class($error) . ' ' . substr($error->getMessage(), 0, 500);
    }
    echo $why === null ? "ok $name\n" : "FAIL $name: $why\n";
    $failed += $why === null ? 0 : 1;
}
exit($failed === 0 ? 0 : 1);
