package wire

import "net/url"

// ChatAttachment names a managed file that goes with a message.
type ChatAttachment struct {
	// FileID is the file.
	FileID string `json:"file_id"`
	// Ordinal is its place among the message's attachments.
	Ordinal int32 `json:"ordinal"`
}

// ChatAttachmentView is an attachment with what is known of its file.
type ChatAttachmentView struct {
	// FileID is the file.
	FileID string `json:"file_id"`
	// Ordinal is its place among the message's attachments.
	Ordinal int32 `json:"ordinal"`
	// FileName is the stored name.
	FileName *string `json:"file_name"`
	// OriginalName is the name it was uploaded with.
	OriginalName *string `json:"original_name"`
	// ContentType is the declared media type.
	ContentType *string `json:"content_type"`
	// MimeType is the detected media type.
	MimeType *string `json:"mime_type"`
	// Extension is the name's ending.
	Extension *string `json:"extension"`
	// SizeBytes is the file's length.
	SizeBytes *int64 `json:"size_bytes"`
	// Status tells how far the upload is.
	Status *string `json:"status"`
	// Visibility is private, organization or public.
	Visibility *string `json:"visibility"`
	// FileURL is where the file lies, where that is public.
	FileURL *string `json:"file_url"`
	// Bucket is the bucket that holds the file.
	Bucket *string `json:"bucket"`
	// StorageKey is the object's key in the bucket.
	StorageKey *string `json:"storage_key"`
	// AuthorizedURLPath answers with a presigned address of the file.
	AuthorizedURLPath string `json:"authorized_url_path"`
	// ProxyURLPath streams the file through Athena.
	ProxyURLPath string `json:"proxy_url_path"`
	// PublicURLPath answers with the public address, where the file is public.
	PublicURLPath string `json:"public_url_path"`
}

// Link fills the paths under which Athena serves the file.
func (a *ChatAttachmentView) Link() {
	base := "/storage/files/" + url.PathEscape(a.FileID)
	a.AuthorizedURLPath = base + "/url"
	a.ProxyURLPath = base + "/proxy"
	a.PublicURLPath = base + "/public-url"
}
