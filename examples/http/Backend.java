// The calls of a backend to Tidings, by plain HTTP and Java's own classes: java Backend.java
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

public class Backend {
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Asks the API. A program of yours has a library for JSON; this one writes and reads what it needs by hand. */
  static String call(String query, String variables) throws Exception {
    String base = System.getenv("TIDINGS_URL").replaceAll("(/graphql)?/*$", "");
    String body = "{\"query\":" + quoted(query) + ",\"variables\":" + variables + "}";
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/graphql"))
        .timeout(Duration.ofSeconds(30))
        .header("content-type", "application/json")
        .header("x-api-key", System.getenv("TIDINGS_API_KEY"))
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
    String answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
    if (answer.contains("\"errors\":")) throw new RuntimeException(answer);
    return answer;
  }

  static String quoted(String text) {
    return '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }

  static String member(String json, String name) {
    Matcher matcher = Pattern.compile('"' + name + "\":\"?([^\",}]+)").matcher(json);
    if (!matcher.find()) throw new RuntimeException("no " + name + " in " + json);
    return matcher.group(1);
  }

  public static void main(String[] arguments) throws Exception {
    String registered = call(
        "mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }",
        "{\"input\":{\"recipient\":\"user-1\",\"expiresIn\":3600}}");
    System.out.println("connect: " + member(registered, "connectionUri").split("token=")[0]);

    String message = "{\"title\":\"Report\",\"text\":\"Your report is ready\",\"link\":\"/reports/7\",\"kind\":\"report\"}";
    // With the key the call can be repeated until it is answered.
    String pushed = call(
        "mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id status } } }",
        "{\"input\":{\"recipients\":[\"user-1\"],\"message\":" + quoted(message) + ",\"idempotencyKey\":" + quoted(UUID.randomUUID().toString()) + "}}");
    String id = member(pushed, "id");
    System.out.println("pushed: " + member(pushed, "status"));

    String asked = call("query ($id: ID!) { message(id: $id) { status } }", "{\"id\":" + quoted(id) + "}");
    System.out.println("asked: " + member(asked, "status"));

    String recalled = call(
        "mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }",
        "{\"input\":{\"ids\":[" + quoted(id) + "]}}");
    System.out.println("cancelled: " + member(recalled, "cancelled"));
  }
}
