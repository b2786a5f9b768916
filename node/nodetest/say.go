package nodetest

import (
	"context"
	"strings"

	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
)

// Says is the body of an entry.
type Says map[string]any

// OpenCase opens a case of hemifacial spasm.
func (h *Hospital) OpenCase(title string) ledger.ThreadID {
	h.w.Helper()
	var made struct{ ID ledger.ThreadID }
	h.MustAsk(Doctor, "POST", "/cases", Says{"pathway": "hfs-mvd", "sub_specialty": "functional", "title": title, "side": "left", "urgency": "routine",
		"sex": "female", "age": 54}, &made)
	return made.ID
}

// Share opens a case to which the patient consents, and invites hospitals into it.
func (h *Hospital) Share(title string, with ...*Hospital) ledger.ThreadID {
	h.w.Helper()
	id := h.OpenCase(title)
	h.Consent(id, with...)
	for _, other := range with {
		h.Invite(id, other)
	}
	return id
}

// Consent records the patient's consent to consultation and images with these hospitals.
func (h *Hospital) Consent(id ledger.ThreadID, with ...*Hospital) ledger.Hash {
	h.w.Helper()
	ids := make([]ledger.HospitalID, 0, len(with))
	for _, other := range with {
		ids = append(ids, other.ID)
	}
	return h.Say(id, "case.consent", Says{"scopes": Says{"consult": "granted", "images": "granted"}, "hospitals": ids, "how": "written", "date": "2026-11-21", "text": "2026-1"})
}

// Invite invites a hospital into a thread. Where it is a partner the invitation carries its link key, so that members that are not its partners know it.
func (h *Hospital) Invite(id ledger.ThreadID, other *Hospital) ledger.Hash {
	h.w.Helper()
	says := Says{"hospital": other.ID}
	f := h.Desk()
	err := f.View(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		if p, err := network.PartnerOf(ctx, tx, other.ID); err == nil && p.Link != nil {
			says["statement"] = p.Link
		}
		return nil
	})
	if err != nil {
		h.w.Fatal(err)
	}
	return h.Say(id, ledger.KindInvited, says)
}

// Say lets the one whose word it is say something in a thread: the coordinator about who takes part, the head of department everything else.
func (h *Hospital) Say(id ledger.ThreadID, kind string, says Says, refs ...ledger.Hash) ledger.Hash {
	h.w.Helper()
	hash, err := h.TrySay(id, kind, says, refs...)
	if err != nil {
		h.w.Fatalf("%s says %s: %v", h.Name, kind, err)
	}
	return hash
}

// TrySay is Say where a refusal is what the test is about.
func (h *Hospital) TrySay(id ledger.ThreadID, kind string, says Says, refs ...ledger.Hash) (ledger.Hash, error) {
	username := Head
	if strings.HasPrefix(kind, "thread.") {
		username = Coordinator
	}
	return h.SayAs(username, id, map[string]any{"kind": kind, "body": says, "refs": refs})
}

// SayAs lets a member of staff say an entry that has more than kind, body and refs.
func (h *Hospital) SayAs(username string, id ledger.ThreadID, entry map[string]any) (ledger.Hash, error) {
	var made struct{ Hash ledger.Hash }
	err := h.Ask(username, "POST", "/cases/"+id.String()+"/entries", entry, &made)
	return made.Hash, err
}

// Note says the shortest thing that may be said of a case at any time: a question to everybody.
func (h *Hospital) Note(id ledger.ThreadID, text string) ledger.Hash {
	h.w.Helper()
	return h.Say(id, "case.question", Says{"text": text})
}

// SayAt is Note at a node on the hospital's folder that runs elsewhere, such as in a process of its own.
func (h *Hospital) SayAt(url string, id ledger.ThreadID, text string) (ledger.Hash, error) {
	var made struct{ Hash ledger.Hash }
	err := h.AskAt(url, Head, "POST", "/cases/"+id.String()+"/entries", map[string]any{"kind": "case.question", "body": Says{"text": text}}, &made)
	return made.Hash, err
}

// Send sends a file, and gives the name under which it is kept.
func (h *Hospital) Send(username string, data []byte) ledger.Hash {
	h.w.Helper()
	var sent struct{ Hash ledger.Hash }
	h.MustAsk(username, "POST", "/blobs", data, &sent)
	return sent.Hash
}

// Attach keeps a file and attaches it to a thread as an image of a scope.
func (h *Hospital) Attach(id ledger.ThreadID, data []byte, scope string) ledger.Hash {
	h.w.Helper()
	hash := h.Send(Head, data)
	_, err := h.SayAs(Head, id, map[string]any{"kind": "case.imaging", "body": Says{"modality": "mr", "description": "CISS", "date": "2026-11-20", "deidentified": true},
		"blobs": []ledger.BlobRef{{Hash: hash, Size: int64(len(data)), Type: "application/dicom", Label: "CISS", Scope: scope}}})
	if err != nil {
		h.w.Fatalf("%s attaches a file: %v", h.Name, err)
	}
	return hash
}

// Refer refers a case to a hospital. What the packet of the pathway lacks is named as a gap.
func (h *Hospital) Refer(id ledger.ThreadID, to *Hospital, question string) ledger.Hash {
	h.w.Helper()
	var gaps []string
	for _, item := range pathway.Find("hfs-mvd").Packet {
		gaps = append(gaps, item.ID)
	}
	return h.Say(id, "case.referred", Says{"to": to.ID, "sub_specialty": "functional", "question": question, "needed_by": "2026-12-20", "urgency": "routine",
		"gaps": gaps, "gap_reason": "They follow."})
}
