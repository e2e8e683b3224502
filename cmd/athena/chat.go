package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"athena/wire"

	"github.com/fasthttp/websocket"
	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

type chatCommand struct {
	Room   uuid.UUID `arg:"" help:"Room to join."`
	Token  string    `help:"Session token, as athena session create prints it." required:"" env:"ATHENA_CHAT_TOKEN"`
	Client string    `help:"Client whose chat it is." default:"demo"`
	URL    string    `help:"Address of the server; the configured one unless given." placeholder:"URL"`
}

// Run prints a room's messages as they come, the last ones first, and sends each
// line that is typed. It ends with its input, or when the server closes the socket.
func (c *chatCommand) Run(ctx context.Context, p *program) error {
	if c.URL == "" {
		c.URL = "http://" + p.config.Listen
	}
	ws, response, err := websocket.DefaultDialer.DialContext(ctx, "ws"+strings.TrimPrefix(c.URL, "http")+"/wss/gateway", nil)
	if err != nil {
		return fmt.Errorf("connect to %s: %w", c.URL, err)
	}
	_ = response.Body.Close() // it is the socket's handshake and has none
	hangUp := func() { _ = ws.Close() }
	defer hangUp()
	if err := c.join(ctx, ws, p.out); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer context.AfterFunc(ctx, hangUp)()
	go func() { cancel(c.typed(ctx, p.in)) }()
	err = c.listen(ws, p.out)
	if ctx.Err() != nil { // the input or the program has ended
		err = context.Cause(ctx)
	}
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// recent is how many messages are shown of those that were sent before.
const recent = 20

// join prints what was sent last and follows the room from there.
func (c *chatCommand) join(ctx context.Context, ws *websocket.Conn, out io.Writer) error {
	page := wire.ChatMessagePage{}
	if err := c.call(ctx, http.MethodGet, fmt.Sprintf("messages?limit=%d", recent), "", &page); err != nil {
		return err
	}
	last := int64(0)
	for i := range page.Items {
		last = page.Items[i].RoomSeq
		printMessage(out, &page.Items[i])
	}
	hello := map[string]any{"type": wire.CommandHello, "client": c.Client, "token": c.Token,
		"room_subscriptions": []map[string]any{{"room_id": c.Room, "from_seq": last + 1}}}
	if err := ws.WriteJSON(hello); err != nil {
		return fmt.Errorf("join room: %w", err)
	}
	return nil
}

// listen prints what happens in the room.
func (c *chatCommand) listen(ws *websocket.Conn, out io.Writer) error {
	for {
		var e struct {
			wire.ChatEvent
			Error string
		}
		if err := ws.ReadJSON(&e); err != nil {
			return fmt.Errorf("the server hung up: %w", err)
		}
		switch {
		case e.Type == wire.EventError:
			return errors.New(e.Error)
		case e.RoomID == c.Room && e.Message != nil:
			printMessage(out, e.Message)
		case e.Type == wire.EventMessageDeleted:
			fmt.Fprintf(out, "%6d  (deleted)\n", *e.MessageSeq)
		}
	}
}

func printMessage(out io.Writer, m *wire.ChatMessage) {
	text := "(no text)"
	switch {
	case m.DeletedAt != nil:
		text = "(deleted)"
	case m.BodyText != nil:
		text = *m.BodyText
	}
	fmt.Fprintf(out, "%6d  %s: %s\n", m.RoomSeq, m.SenderID, text)
}

// typed sends each line of the input.
func (c *chatCommand) typed(ctx context.Context, in io.Reader) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		text := strings.TrimSpace(lines.Text())
		if text == "" {
			continue
		}
		body, err := json.Marshal(map[string]string{"body_text": text, "client_message_id": uuid.NewString()})
		if err != nil {
			return err
		}
		if err := c.call(ctx, http.MethodPost, "messages", string(body), &struct{}{}); err != nil {
			return err
		}
	}
	return lines.Err()
}

// call asks the server for something of the room.
func (c *chatCommand) call(ctx context.Context, method, path, body string, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, fmt.Sprintf("%s/chat/rooms/%s/%s", c.URL, c.Room, path), strings.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("X-Athena-Client", c.Client)
	request.Header.Set("Authorization", "Bearer "+c.Token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("reach the server: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		var refused struct{ Error string }
		if json.Unmarshal(text, &refused) != nil || refused.Error == "" {
			refused.Error = response.Status
		}
		return errors.New(refused.Error)
	}
	return json.Unmarshal(text, into)
}
