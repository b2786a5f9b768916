package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"consilium/lang"
	"consilium/ledger"
)

// The sorts of failure of a link.
var (
	// ErrIdentity: who answered could not prove to be the hospital that it should be.
	ErrIdentity = errors.New("the other side did not prove which hospital it is")
	// ErrProtocol: what came does not follow PROTOCOL.md.
	ErrProtocol = errors.New("the message does not follow the protocol")
	// ErrTooLarge: a message was announced larger than any may be. It was not read.
	ErrTooLarge = errors.New("the message is larger than allowed")
	// ErrInvitation: the code is not one, or not valid any more.
	ErrInvitation = errors.New("the invitation does not hold")
	// ErrNoPartner: the hospital is not a partner.
	ErrNoPartner = errors.New("the hospital is not a partner")
	// ErrFenced: a partner has newer entries of this node than itself, and no new key could be made yet.
	ErrFenced = errors.New("this node was rolled back and needs a new signing key")
	// ErrClosed: the network was closed.
	ErrClosed = errors.New("the network is closed")

	// ErrAddress: an address does not have the form host:port.
	ErrAddress = errors.New("an address has the form host:port")

	errReplaced = errors.New("a newer connection took the place of this one")
)

// Why a hospital refuses a connection. The codes travel: add, never rename.
const (
	refusedUnknown  = "unknown"    // the caller is no partner there
	refusedBlocked  = "blocked"    // it was one
	refusedIdentity = "identity"   // it did not prove its ID
	refusedInvite   = "invitation" // its invitation does not hold
	refusedProtocol = "protocol"   // it speaks another version
	refusedBusy     = "connected"  // there is a connection already
)

// RefusedError says which hospital refused the connection, and why.
type RefusedError struct {
	By   ledger.HospitalID
	Code string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("hospital %s refused the connection: %s", e.By, e.Text().En)
}

var refusalTexts = map[string]lang.Text{
	refusedUnknown:  {En: "they have not entered our hospital ID yet; the request is in their list", Zh: "对方尚未录入本院 ID，请求已列入对方的待处理列表"},
	refusedBlocked:  {En: "they have blocked us", Zh: "对方已屏蔽本院"},
	refusedIdentity: {En: "our link key does not prove our hospital ID to them", Zh: "本院的链路密钥未能向对方证明本院 ID"},
	refusedInvite:   {En: "the invitation code has expired or was used already", Zh: "邀请码已过期或已被使用"},
	refusedProtocol: {En: "they run a release that speaks another protocol", Zh: "对方的程序版本使用不同的协议"},
	refusedBusy:     {En: "there is a connection already", Zh: "已有连接"},
}

// Text is the reason as people read it.
func (e *RefusedError) Text() lang.Text {
	if t, ok := refusalTexts[e.Code]; ok {
		return t
	}
	return lang.Same(tidy(e.Code, 60))
}

// Explain says in both languages what went wrong with a partner's link.
func Explain(by ledger.HospitalID, err error) lang.Text {
	var refused *RefusedError
	var netErr net.Error
	switch {
	case err == nil:
		return lang.Text{}
	case errors.As(err, &refused):
		t := refused.Text()
		return lang.Text{En: "Hospital " + refused.By.String() + " refused: " + t.En, Zh: "医院 " + refused.By.String() + " 拒绝连接：" + t.Zh}
	case errors.Is(err, ErrIdentity):
		return lang.Text{En: "Whoever answers there did not prove to be hospital " + by.String(), Zh: "对方未能证明其为医院 " + by.String()}
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrProtocol):
		return lang.Text{En: "The partner sent something that is not a valid message: " + err.Error(), Zh: "对方发送了无效的消息：" + err.Error()}
	case errors.Is(err, ErrFenced):
		return lang.Text{En: "This node was rolled back and needs a new signing key before anything leaves it", Zh: "本节点曾被回滚，须生成新的签名密钥后才能继续发送"}
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return lang.Text{En: "The partner does not answer", Zh: "对方没有响应"}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return lang.Text{En: "The connection was cut", Zh: "连接已中断"}
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return lang.Text{En: "The partner cannot be reached: " + op.Error(), Zh: "无法连接对方：" + op.Error()}
	}
	return lang.Text{En: "The exchange stopped: " + err.Error(), Zh: "交换已停止：" + err.Error()}
}

// tidy makes foreign text fit to be stored and shown: valid, without controls, bounded.
func tidy(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for i := range s {
		if i >= most {
			return s[:i]
		}
	}
	return s
}
