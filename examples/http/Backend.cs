// The calls of a backend to Tidings, by plain HTTP: dotnet run Backend.cs
using System.Text.Json;
using System.Text.Json.Nodes;

var client = new HttpClient { Timeout = TimeSpan.FromSeconds(30) };
var address = Environment.GetEnvironmentVariable("TIDINGS_URL")!.TrimEnd('/');
if (address.EndsWith("/graphql")) address = address[..^"/graphql".Length];

// Asks the API. What failed is an exception; which errors can be repeated is in docs/api.md.
async Task<JsonNode> Call(string query, JsonObject variables)
{
    var request = new HttpRequestMessage(HttpMethod.Post, address + "/graphql")
    {
        Content = new StringContent(new JsonObject { ["query"] = query, ["variables"] = variables }.ToJsonString(), null, "application/json"),
    };
    request.Headers.Add("x-api-key", Environment.GetEnvironmentVariable("TIDINGS_API_KEY"));
    var answer = JsonNode.Parse(await (await client.SendAsync(request)).Content.ReadAsStringAsync())!;
    if (answer["errors"] is JsonArray errors) throw new Exception((string?)errors[0]!["message"]);
    return answer["data"]!;
}

var registered = await Call(
    "mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }",
    new JsonObject { ["input"] = new JsonObject { ["recipient"] = "user-1", ["expiresIn"] = 3600 } });
Console.WriteLine("connect: " + ((string)registered["registerRecipient"]!["connectionUri"]!).Split("token=")[0]);

var message = JsonSerializer.Serialize(new { title = "Report", text = "Your report is ready", link = "/reports/7", kind = "report" });
var pushed = await Call(
    "mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id status } error { code message } } }",
    // With the key the call can be repeated until it is answered.
    new JsonObject { ["input"] = new JsonObject { ["recipients"] = new JsonArray("user-1"), ["message"] = message, ["idempotencyKey"] = Guid.NewGuid().ToString() } });
var item = pushed["pushMessage"]![0]!["item"]!;
Console.WriteLine("pushed: " + (string)item["status"]!);

var asked = await Call("query ($id: ID!) { message(id: $id) { status } }", new JsonObject { ["id"] = (string)item["id"]! });
Console.WriteLine("asked: " + (string)asked["message"]!["status"]!);

var recalled = await Call(
    "mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }",
    new JsonObject { ["input"] = new JsonObject { ["ids"] = new JsonArray((string)item["id"]!) } });
Console.WriteLine("cancelled: " + (int)recalled["cancelMessages"]!["cancelled"]!);
