// The calls of a backend to Tidings, by plain HTTP: go run backend.go
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"time"
)

var client = &http.Client{Timeout: 30 * time.Second}

// call asks the API, and puts the answer into data. Which errors can be repeated is in docs/api.md.
func call(query string, variables any, data any) error {
	body, err := json.Marshal(map[string]any{"query": query, "variables": variables})
	if err != nil {
		return err
	}
	address := strings.TrimSuffix(strings.TrimRight(os.Getenv("TIDINGS_URL"), "/"), "/graphql") + "/graphql"
	request, err := http.NewRequest("POST", address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("content-type", "application/json")
	request.Header.Set("x-api-key", os.Getenv("TIDINGS_API_KEY"))
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer := struct {
		Data   json.RawMessage
		Errors []struct{ Message string }
	}{}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return err
	}
	if len(answer.Errors) > 0 {
		return errors.New(answer.Errors[0].Message)
	}
	return json.Unmarshal(answer.Data, data)
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

type input map[string]any

func main() {
	var registered struct{ RegisterRecipient struct{ ConnectionUri string } }
	must(call("mutation ($input: RegisterRecipientInput!) { registerRecipient(input: $input) { connectionUri } }",
		input{"input": input{"recipient": "user-1", "expiresIn": 3600}}, &registered))
	fmt.Println("connect:", strings.Split(registered.RegisterRecipient.ConnectionUri, "token=")[0])

	message, err := json.Marshal(input{"title": "Report", "text": "Your report is ready", "link": "/reports/7", "kind": "report"})
	must(err)
	// With the key the call can be repeated until it is answered.
	key := make([]byte, 16)
	rand.Read(key)
	var pushed struct {
		PushMessage []struct{ Item struct{ Id, Status string } }
	}
	must(call("mutation ($input: MessageInput!) { pushMessage(input: $input) { item { id status } error { code message } } }",
		input{"input": input{"recipients": []string{"user-1"}, "message": string(message), "idempotencyKey": hex.EncodeToString(key)}}, &pushed))
	item := pushed.PushMessage[0].Item
	fmt.Println("pushed:", item.Status)

	var asked struct{ Message struct{ Status string } }
	must(call("query ($id: ID!) { message(id: $id) { status } }", input{"id": item.Id}, &asked))
	fmt.Println("asked:", asked.Message.Status)

	var recalled struct{ CancelMessages struct{ Cancelled int } }
	must(call("mutation ($input: CancelMessagesInput!) { cancelMessages(input: $input) { cancelled } }",
		input{"input": input{"ids": []string{item.Id}}}, &recalled))
	fmt.Println("cancelled:", recalled.CancelMessages.Cancelled)
}
