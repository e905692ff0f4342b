<?php
// Signs through keyman's REST interface with ext-curl. Settings come from the environment: see docs/clients.md.
declare(strict_types=1);

class KeymanError extends RuntimeException
{
    public function __construct(public readonly array $answer)
    {
        parent::__construct($answer['error']['code'] . ' ' . $answer['error']['message']);
    }
}

/** Application errors come with HTTP 200: look at `error`, not at the status. An array is sent as a form. */
function post(string $operation, string|array $body, array $headers): array
{
    global $token;
    $curl = curl_init(getenv('KEYMAN_URL') . '/Keyman/rest/v3/' . $operation);
    curl_setopt_array($curl, [
        CURLOPT_POSTFIELDS => $body,
        CURLOPT_HTTPHEADER => [...$headers, 'Authentication: ' . ($token ?? ''), 'Expect:'],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 120,
    ] + (getenv('KEYMAN_CA') ? [CURLOPT_CAINFO => getenv('KEYMAN_CA')] : []));
    $answer = curl_exec($curl);
    if ($answer === false) {
        throw new RuntimeException(curl_error($curl));
    }
    if (curl_getinfo($curl, CURLINFO_CONTENT_TYPE) === 'application/octet-stream') {
        return ['data' => $answer];
    }
    $members = json_decode($answer, true, flags: JSON_THROW_ON_ERROR);
    if (isset($members['error']) && $members['error']['code'] !== 'K0000') {
        throw new KeymanError($members);
    }
    return $members;
}

function call(string $operation, array $request): array
{
    return post($operation, json_encode($request, JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT), ['Content-Type: application/json']);
}

$token = null;
$token = call('Auth/Login', [
    'module' => 'php-rest',
    'authmethod' => 'pass',
    'login' => getenv('KEYMAN_LOGIN'),
    'pass' => getenv('KEYMAN_PASS'),
])['token'];
echo "ok log in\n";
$key = ['certid' => getenv('KEYMAN_CERTID'), 'pin' => getenv('KEYMAN_PIN')];
$wrongKey = ['pin' => 'not-the-pin'] + $key;

$steps = [
    'list certificates' => fn(): bool =>
        in_array($key['certid'], array_column(call('Cert/ListAvailable', [])['certlist'], 'certid'), true),
    'check the right pin' => fn(): bool => call('Cert/PinCheck', ['cert' => $key])['result'] === true,
    'check a wrong pin' => function () use ($wrongKey): bool {
        try {
            call('Cert/PinCheck', ['cert' => $wrongKey]);
        } catch (KeymanError $error) {
            return $error->answer['error']['code'] === 'K0009' && $error->answer['result'] === false;
        }
        return false;
    },
    'sign a hash' => function () use ($key): bool {
        $digest = base64_encode(hash_file('sha256', 'letter.txt', true));
        $answer = call('Sign/Hash', ['cert' => $key, 'hash' => ['algorithm' => 'SHA256', 'digest' => $digest]]);
        return file_put_contents('letter.sig', base64_decode($answer['data'], true)) > 0;
    },
    'sign a pdf' => function () use ($key): bool {
        // As a form: the document leaves and comes back as bytes.
        $form = [
            'request' => json_encode(['cert' => $key, 'profile' => 'enhanced'], JSON_THROW_ON_ERROR),
            'document' => new CURLFile('document.pdf', 'application/pdf'),
        ];
        $answer = post('Signature/Pades', $form, ['Accept: application/octet-stream']);
        return file_put_contents('signed.pdf', $answer['data']) > 0;
    },
    'read an error' => function () use ($wrongKey): bool {
        $digest = base64_encode(str_repeat("\0", 32));
        try {
            call('Sign/Hash', ['cert' => $wrongKey, 'hash' => ['algorithm' => 'SHA256', 'digest' => $digest]]);
        } catch (KeymanError $error) {
            return $error->answer['error']['code'] === 'K0009';
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
