package partners

import (
	"net/url"

	"consilium/web/face"
	"consilium/web/ui"
)

func networkHead(q *face.Request, v networkView) ui.HeadView {
	return ui.HeadView{Title: q.P("network.title", nil), Sub: q.P("network.sub", nil)}
}

func addPartnerFields(q *face.Request, v networkView) []ui.FieldView {
	return face.Filled(q, []ui.FieldView{
		{Name: "hospital", Type: ui.FieldText, Label: q.P("network.form.hospital", nil), Help: q.P("network.form.hospitalhelp", nil), Required: true},
		{Name: "name", Type: ui.FieldText, Label: q.P("network.form.name", nil), Help: q.P("network.form.namehelp", nil)},
		{Name: "addresses", Type: ui.FieldText, Label: q.P("network.form.addresses", nil), Help: q.P("network.form.addresseshelp", nil)},
	}, v.Form, v.Wrong)
}

func inviteFields(q *face.Request, v networkView) []ui.FieldView {
	form := v.Form
	if form == nil {
		form = url.Values{}
	}
	return face.Filled(q, []ui.FieldView{
		{Name: "address", Type: ui.FieldText, Label: q.P("network.form.address", nil), Help: q.P("network.form.addresshelp", nil), Required: true},
		{Name: "days", Type: ui.FieldInteger, Label: q.P("network.form.days", nil), Value: "7", Min: "1", Max: "30", Required: true},
	}, form, v.Wrong)
}

func acceptFields(q *face.Request, v networkView) []ui.FieldView {
	return face.Filled(q, []ui.FieldView{
		{Name: "code", Type: ui.FieldText, Long: true, Label: q.P("network.form.code", nil), Help: q.P("network.form.codehelp", nil), Required: true},
	}, v.Form, v.Wrong)
}
