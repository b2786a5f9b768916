// Package ui is how Consilium looks: the frame of a page and the components in it, as typed templ
// functions that know nothing of cases or hospitals' data. A page of package web turns what a domain
// package says into these views; every text comes in already in the reader's language, except the
// few words of the components themselves, which phrases.go holds in both.
//
// # A page
//
//	content := web's own templ component: @ui.Head(…) and one of Body, Split, Narrow, Alone
//	ui.Page(ui.PageData{…}).Render(templ.WithChildren(ctx, content), w)
//
// or in a templ file:
//
//	@ui.Page(data) {
//		@ui.Head(head)
//		@ui.Split(side) {
//			@ui.LivePart("timeline") {
//				@ui.Timeline(timeline)
//			}
//		}
//	}
//
// Page sets the language for everything inside; a fragment needs WithLanguage(ctx, l) before. Page
// draws <main>; content that is not in a Head, Body, Split, Narrow or Alone touches the window's edge.
//
// # Frame
//
//	Page(PageData)                  bar, menu, notices, content, offline banner, pill for news
//	Head(HeadView)                  title, line below, way back, chips, buttons, stage line
//	Body() Narrow() Split(side)     the column, for forms and reading, with a side
//	Alone(title, lead)              one sheet: sign in, first run
//	Section(title) SectionWith(title, lead, action) Card()
//	LivePart(name)                  exchanged when PageData.LiveURL says "thread"
//
// # Pieces
//
//	Chip(ChipView) Chips([]ChipView) Invented() Banner(Notice) Empty(EmptyView)
//	Button(ButtonView) Confirm(ConfirmView) List([]ListItem) WorkList([]ListItem)
//	Facts([]Fact) Counts([]CountView) Progress(label, done, total, text) Folded(FoldView)
//	Icon(name) Mark() Avatar(User) HospitalDot(Hospital) SmallDot(Hospital) LargeDot(Hospital)
//	HospitalOf(id, name) Hospital    hue and shape follow from the ID, and never change
//	Initials(name) string
//
// # Case
//
//	StageLine([]Stage) Timeline(TimelineView) NextStep(NextView) PlanDocument(PlanView)
//	Consents([]ConsentView)
//
// # Forms
//
//	Form(FormView) FieldGroup(title) Field(FieldView) FormActions(ActionsView)
//	SavedDraft(text)
//
// # Listings, network, visits
//
//	Table(TableView) Pager(PagerView) Filters(FiltersView) SavedViews(label, []SavedView)
//	Map(MapView)
//
// # Assets
//
//	assets, err := ui.Embedded()
//	mux.Handle(ui.AssetPath, assets)      // hashed names, immutable, gzip, ETag
//	PageData{AssetURL: assets.URL}
//
// # What the islands ask of the server
//
// No page has inline script or style, so Content-Security-Policy may say script-src 'self' and
// style-src 'self'. Every request of an island carries X-CSRF-Token; every form posts csrf_token.
//
//   - Drafts (FormView.Draft): a line is one tab's filling in of a form; the island puts it into the address. POST of the fields, with _draft (the line), _version (that the
//     words go on from), _here, _focus and _tab: 200 kept, 409 there are newer words (given), 410 the line has ended, with the hash of the entry that it led to; anything else
//     is no answer. GET URL/LINE answers the same. csrf_token, passwords and files are not in it. The server fills the form with the line of the address, offers
//     others, and ends the line in the transaction that takes the form. Until the server has the words a copy stays in the browser under the owner's id.
//   - Rules (FormView.Evaluate): POST of the whole form; the answer is HTML in which the same fields
//     stand, with FieldView.Hidden and computed values by the answers so far. Fields are told by
//     Name. Without scripts the button of ActionsView.Evaluate submits the form with _evaluate=1.
//   - Live (PageData.LiveURL): an event stream that begins with what changed since the page was drawn; on "event: thread" the page is fetched again with
//     X-Live: 1 and its LiveParts are exchanged. A part in which somebody types waits behind a pill.
//   - Theme: POST theme=light|dark|auto and back. Language: POST lang and back.
//   - Passkeys: begin answers the options as JSON, finish takes the credential as JSON.
//   - Page parts of htmx: hx-* attributes work; htmx.js is on every page.
//
// Browsers from 2024 on are asked for (light-dark, popover, :has).
package ui
