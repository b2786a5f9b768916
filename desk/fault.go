package desk

import (
	"errors"
	"strings"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/record"
)

// Fault is an error as a person is told it: what happened, what was kept, what to do.
type Fault struct {
	Sort   Sort
	Code   string    // stable, for programs
	Title  lang.Text // the sort of fault
	Detail lang.Text // this one
	Fields []record.Fault
	Retry  int  // seconds until it may be tried again; 0: no word on that
	Hidden bool // the cause is the node's own affair: log it, do not show it
}

// Sort is what sort of fault an error is. Each way into the node has its own number for it, HTTP a status.
type Sort int

// The sorts of faults. The zero value is the node's own fault.
const (
	Broken      Sort = iota // the node has a fault
	Unreadable              // what was sent cannot be read
	Unknown                 // nobody knows who asks
	Forbidden               // who asks may not
	Missing                 // it is not here, or not for who asks
	Conflict                // it does not fit what is here
	Invalid                 // it was read, and cannot be done or recorded
	TooOften                // too many attempts
	Unavailable             // the node cannot do it now
)

// row is one line of the table that turns errors into faults.
type row struct {
	is    error
	sort  Sort
	code  string
	title lang.Text
}

// sorts are looked through from the top. What none of them is, is the node's own fault and shown as such.
var sorts = []row{
	{ErrSignIn, Unknown, "sign-in", lang.Text{En: "Sign in first", Zh: "请先登录"}},
	{people.ErrWrongCredentials, Unknown, "credentials", lang.Text{En: "That username and password do not fit", Zh: "用户名或密码不正确"}},
	{people.ErrExpired, Unknown, "expired", lang.Text{En: "This has expired; sign in again", Zh: "已过期，请重新登录"}},
	{ErrScope, Forbidden, "scope", lang.Text{En: "The API token was not given for this", Zh: "此 API 令牌无权执行该操作"}},
	{access.ErrDenied, Forbidden, "denied", lang.Text{En: "You may not do this", Zh: "您无权执行该操作"}},
	{ledger.ErrNotSayable, Invalid, "not-sayable", lang.Text{En: "This cannot be recorded now", Zh: "目前无法记录此内容"}},
	{ledger.ErrNotMember, Conflict, "not-member", lang.Text{En: "This hospital takes no part in it", Zh: "本院未参与"}},
	{ledger.ErrBody, Invalid, "body", lang.Text{En: "What was sent is not in form", Zh: "提交的内容格式不正确"}},
	{ledger.ErrNoThread, Missing, "not-found", lang.Text{En: "It is not here", Zh: "未找到"}},
	{ErrNotHere, Missing, "not-found", lang.Text{En: "It is not here", Zh: "未找到"}},
	{people.ErrNotFound, Missing, "not-found", lang.Text{En: "It is not here", Zh: "未找到"}},
	{people.ErrTaken, Conflict, "taken", lang.Text{En: "It is taken already", Zh: "已被占用"}},
	{network.ErrNoPartner, Missing, "no-partner", lang.Text{En: "That hospital is not a partner", Zh: "该医院不是合作方"}},
	{network.ErrInvitation, Invalid, "invitation", lang.Text{En: "The invitation code does not hold", Zh: "邀请码无效"}},
	{network.ErrAddress, Invalid, "address", lang.Text{En: "An address has the form host:port", Zh: "地址格式应为 主机:端口"}},
	{ErrInput, Unreadable, "input", lang.Text{En: "What was sent cannot be read", Zh: "无法读取提交的内容"}},
	{ErrForged, Forbidden, "forged", lang.Text{En: "The form had gone stale; nothing was changed. Try once more", Zh: "表单已失效，未作任何更改，请重试"}},
	{ErrUnavailable, Unavailable, "unavailable", lang.Text{En: "The node cannot do this now; nothing was changed", Zh: "节点暂时无法执行，未作任何更改"}},
}

// Errors of the desk itself.
var (
	// ErrNotHere: there is no such thing, or none that this caller may know of.
	ErrNotHere = errors.New("it is not here")
	// ErrInput: what was sent cannot be read.
	ErrInput = errors.New("what was sent cannot be read")
	// ErrForged: a form came without the token of its page.
	ErrForged = errors.New("the form's token does not fit")
	// ErrUnavailable: the node cannot do this now. Node wraps full disks and busy databases in it.
	ErrUnavailable = errors.New("the node cannot do this now")
)

// FaultOf tells an error as a fault.
func FaultOf(err error) Fault {
	var invalid people.ErrInvalid
	var limited people.ErrRateLimited
	switch {
	case errors.As(err, &invalid):
		return Fault{Sort: Invalid, Code: "invalid", Title: lang.Text{En: "Something is not right yet", Zh: "内容有误"}, Detail: invalid.Text,
			Fields: []record.Fault{{Field: invalid.Field, Text: invalid.Text}}}
	case errors.As(err, &limited):
		wait := int(limited.RetryAfter.Seconds()) + 1
		return Fault{Sort: TooOften, Code: "slow-down", Title: lang.Text{En: "Too many attempts", Zh: "尝试次数过多"}, Retry: wait,
			Detail: lang.Text{En: "Wait a little and try again", Zh: "请稍候再试"}}
	}
	for _, s := range sorts {
		if errors.Is(err, s.is) {
			return Fault{Sort: s.sort, Code: s.code, Title: s.title, Detail: detail(err, s)}.with(err)
		}
	}
	return Fault{Sort: Broken, Code: "node", Hidden: true,
		Title:  lang.Text{En: "The node has a fault", Zh: "节点出现故障"},
		Detail: lang.Text{En: "Nothing was changed. The administrator finds the cause in the node's log.", Zh: "未作任何更改，管理员可在节点日志中查找原因。"}}
}

// Told is an error that knows how it is told to people, field by field and as a whole: what stops the writer of an entry does.
type Told interface {
	error
	Faults() []record.Fault
	Tell() lang.Text
}

func (f Fault) with(err error) Fault {
	var told Told
	if errors.As(err, &told) {
		f.Fields = told.Faults()
	}
	return f
}

// detail is what this error adds to its sort: a denial's reason in both languages, or its own words.
func detail(err error, s row) lang.Text {
	var denial *access.Denial
	if errors.As(err, &denial) {
		return denial.Reason
	}
	var told Told
	if errors.As(err, &told) {
		return told.Tell()
	}
	if s.sort == Unknown || s.sort == Missing {
		return lang.Text{}
	}
	own := strings.TrimPrefix(err.Error(), s.is.Error()+": ")
	return lang.Same(own)
}
