package dynamodb

import (
	"context"
	"errors"
	"net/http"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/baileydb/bailey/seal"
	"github.com/baileydb/bailey/seal/expression"
)

// failure is an error as DynamoDB tells it.
type failure struct {
	status  int
	code    string
	message string
	// more are further members: what a transaction was cancelled for, or the item that failed a condition.
	more reflect.Value
}

func fail(code, message string) *failure {
	return &failure{status: http.StatusBadRequest, code: code, message: message}
}

// refusals are codes that do not belong to DynamoDB's own model.
var refusals = map[string]bool{
	"AccessDeniedException": true, "IncompleteSignatureException": true, "InvalidSignatureException": true, "MissingAuthenticationTokenException": true,
	"UnrecognizedClientException": true, "ExpiredTokenException": true, "ValidationException": true, "ThrottlingException": true, "SerializationException": true,
	"UnknownOperationException": true,
}

// body is the failure in DynamoDB's JSON.
func (f *failure) body() []byte {
	space := "com.amazonaws.dynamodb.v20120810#"
	if refusals[f.code] {
		space = "com.amazon.coral.service#"
	}
	b := append(quote([]byte(`{"__type":`), space+f.code), `,"message":`...)
	b = quote(b, f.message)
	if f.more.IsValid() {
		for i := range f.more.NumField() {
			t, x := f.more.Type().Field(i), f.more.Field(i)
			if t.Name != "Item" && t.Name != "CancellationReasons" || x.IsNil() {
				continue
			}
			b = append(quote(append(b, ','), t.Name), ':')
			b = encode(b, x)
		}
	}
	return append(b, '}')
}

// failureOf tells an error of the SDK or of the seal as DynamoDB would.
func failureOf(err error) *failure {
	var api smithy.APIError
	var incomplete smithy.InvalidParamsError
	switch {
	case errors.As(err, &incomplete):
		return fail("ValidationException", incomplete.Error())
	case errors.Is(err, expression.ErrSealed), errors.Is(err, seal.ErrInput):
		return fail("ValidationException", err.Error())
	case errors.Is(err, seal.ErrRefused), errors.Is(err, seal.ErrPlaintext):
		return fail("SealedItemRefusedException", err.Error())
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return &failure{status: http.StatusServiceUnavailable, code: "ServiceUnavailableException", message: "the guard is being shut down, or DynamoDB did not answer in time"}
	case errors.As(err, &api):
		f := fail(api.ErrorCode(), api.ErrorMessage())
		var response *smithyhttp.ResponseError
		if errors.As(err, &response) && response.HTTPStatusCode() >= 400 {
			f.status = response.HTTPStatusCode()
		}
		var condition *types.ConditionalCheckFailedException
		var cancelled *types.TransactionCanceledException
		if errors.As(err, &condition) {
			f.more = reflect.ValueOf(*condition)
		} else if errors.As(err, &cancelled) {
			f.more = reflect.ValueOf(*cancelled)
		}
		return f
	}
	// What it was stays in the guard's own log: it may name hosts and keys.
	return &failure{status: http.StatusInternalServerError, code: "InternalServerError", message: "the guard could not reach DynamoDB or the keys"}
}
