package page

import (
	"net/url"

	"consilium/web/ui"
)

func (q *request) networkHead(v networkView) ui.HeadView {
	return ui.HeadView{Title: q.p("network.title", nil), Sub: q.p("network.sub", nil)}
}

func (q *request) addPartnerFields(v networkView) []ui.FieldView {
	return filled(q, []ui.FieldView{
		{Name: "hospital", Type: ui.FieldText, Label: q.p("network.form.hospital", nil), Help: q.p("network.form.hospitalhelp", nil), Required: true},
		{Name: "name", Type: ui.FieldText, Label: q.p("network.form.name", nil), Help: q.p("network.form.namehelp", nil)},
		{Name: "addresses", Type: ui.FieldText, Label: q.p("network.form.addresses", nil), Help: q.p("network.form.addresseshelp", nil)},
	}, v.Form, v.Wrong)
}

func (q *request) inviteFields(v networkView) []ui.FieldView {
	form := v.Form
	if form == nil {
		form = url.Values{}
	}
	return filled(q, []ui.FieldView{
		{Name: "address", Type: ui.FieldText, Label: q.p("network.form.address", nil), Help: q.p("network.form.addresshelp", nil), Required: true},
		{Name: "days", Type: ui.FieldInteger, Label: q.p("network.form.days", nil), Value: "7", Min: "1", Max: "30", Required: true},
	}, form, v.Wrong)
}

func (q *request) acceptFields(v networkView) []ui.FieldView {
	return filled(q, []ui.FieldView{
		{Name: "code", Type: ui.FieldText, Long: true, Label: q.p("network.form.code", nil), Help: q.p("network.form.codehelp", nil), Required: true},
	}, v.Form, v.Wrong)
}
