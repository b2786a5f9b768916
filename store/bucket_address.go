package store

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
)

// bucketScheme is how the address of a bucket begins.
const bucketScheme = "s3://"

// ErrBucketAddress says that the address of a bucket cannot be used as it is written.
var ErrBucketAddress = errors.New("a bucket is named by s3://BUCKET/PREFIX?endpoint=https://HOST:PORT&region=REGION")

// BucketAddress says where a bucket is and how its objects are encrypted there. It holds no keys: those come from the environment (AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN) or from a file of the form that AWS's own programs read.
type BucketAddress struct {
	Bucket   string
	Prefix   string // of every object's name: "" or with a slash at its end
	Endpoint string // host and port
	Plain    bool   // HTTP without TLS
	Region   string
	SSE      string // server-side encryption: "", "AES256" or "aws:kms"
	KMSKey   string // of aws:kms; "": the bucket's own
	Keys     string // a file of keys; "": the environment, then AWS_SHARED_CREDENTIALS_FILE or ~/.aws/credentials
	Profile  string // in that file; "": default
}

var bucketName = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// ParseBucket reads s3://bucket/prefix?endpoint=…&region=…&sse=…&kms-key=…&keys=FILE&profile=NAME. Without an endpoint it is Amazon's of the region.
func ParseBucket(text string) (a BucketAddress, err error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "s3" {
		return a, ErrBucketAddress // the cause would repeat the text, in which somebody may have written a key
	}
	if u.User != nil {
		return a, fmt.Errorf("%w: keys do not stand in it, but in the environment or in a file", ErrBucketAddress)
	}
	a = BucketAddress{Bucket: u.Host, Prefix: strings.Trim(u.Path, "/"), Region: "us-east-1"}
	if a.Prefix != "" {
		a.Prefix += "/"
	}
	endpoint := ""
	for key, values := range u.Query() {
		to, known := map[string]*string{"endpoint": &endpoint, "region": &a.Region, "sse": &a.SSE, "kms-key": &a.KMSKey, "keys": &a.Keys, "profile": &a.Profile}[key]
		if !known || len(values) != 1 {
			return a, fmt.Errorf("%w: %q is not known there, or stands twice", ErrBucketAddress, key)
		}
		*to = values[0]
	}
	if err := a.at(endpoint); err != nil {
		return a, err
	}
	return a, a.check()
}

func (a *BucketAddress) at(endpoint string) error {
	if endpoint == "" {
		a.Endpoint = "s3." + a.Region + ".amazonaws.com"
		return nil
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.Scheme != "https" && u.Scheme != "http" {
		return fmt.Errorf("%w: the endpoint is https://HOST:PORT", ErrBucketAddress)
	}
	a.Endpoint, a.Plain = u.Host, u.Scheme == "http"
	return nil
}

func (a *BucketAddress) check() error {
	switch {
	case !bucketName.MatchString(a.Bucket):
		return fmt.Errorf("%w: %q is no name of a bucket", ErrBucketAddress, a.Bucket)
	case a.SSE != "" && a.SSE != "AES256" && a.SSE != "aws:kms":
		return fmt.Errorf("%w: sse is AES256 or aws:kms", ErrBucketAddress)
	case a.KMSKey != "" && a.SSE != "aws:kms":
		return fmt.Errorf("%w: a kms-key belongs to sse=aws:kms", ErrBucketAddress)
	}
	return nil
}

// String is the address for people: without the file of keys.
func (a BucketAddress) String() string {
	return bucketScheme + a.Bucket + "/" + a.Prefix + " at " + a.Endpoint
}

func (a BucketAddress) credentials() *credentials.Credentials {
	file := &credentials.FileAWSCredentials{Filename: a.Keys, Profile: a.Profile}
	if a.Keys != "" {
		return credentials.New(file)
	}
	return credentials.NewChainCredentials([]credentials.Provider{&credentials.EnvAWS{}, file})
}

func (a BucketAddress) encryption() (encrypt.ServerSide, error) {
	switch a.SSE {
	case "AES256":
		return encrypt.NewSSE(), nil
	case "aws:kms":
		return encrypt.NewSSEKMS(a.KMSKey, nil)
	}
	return nil, nil
}

// client makes what speaks to the bucket. Nothing is asked of it yet.
func (a BucketAddress) client() (*minio.Core, error) {
	return minio.NewCore(a.Endpoint, &minio.Options{Creds: a.credentials(), Secure: !a.Plain, Region: a.Region, Transport: bucketTransport(), MaxRetries: bucketTries})
}
