<?php
// The calls of a backend to Tidings, by plain HTTP: php backend.php

/** Asks the API. What failed is an exception; which errors can be repeated is in docs/api.md. */
function call(string $query, array $variables): array
{
    $url = preg_replace('#(/graphql)?/*$#', '', getenv('TIDINGS_URL')) . '/graphql';
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => "content-type: application/json\r\nx-api-key: " . getenv('TIDINGS_API_KEY'),
        'content' => json_encode(['query' => $query, 'variables' => $variables]),
        'ignore_errors' => true,
        'timeout' => 30,
    ]]);
    $answer = json_decode(file_get_contents($url, false, $context), true);
    if (isset($answer['errors'])) {
        throw new RuntimeException($answer['errors'][0]['message']);
    }
    return $answer['data'];
}

$registered = call(
    'mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }',
    ['input' => ['recipient' => 'user-1', 'expiresIn' => 3600]],
);
echo 'connect: ', explode('token=', $registered['registerRecipient']['connectionUri'])[0], "\n";

$message = ['title' => 'Report', 'text' => 'Your report is ready', 'link' => '/reports/7', 'kind' => 'report'];
$pushed = call(
    'mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id status } error { code message } } }',
    // With the key the call can be repeated until it is answered.
    ['input' => ['recipients' => ['user-1'], 'message' => json_encode($message), 'idempotencyKey' => bin2hex(random_bytes(16))]],
);
$item = $pushed['pushMessage'][0]['item'];
echo 'pushed: ', $item['status'], "\n";

$asked = call('query ($id: ID!) { message(id: $id) { status } }', ['id' => $item['id']]);
echo 'asked: ', $asked['message']['status'], "\n";

$recalled = call(
    'mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }',
    ['input' => ['ids' => [$item['id']]]],
);
echo 'cancelled: ', $recalled['cancelMessages']['cancelled'], "\n";
