// What a web port answers. No I/O; any thread.
#pragma once

#include "rfb/transport/http_request.h"

#include <string>
#include <vector>

namespace covnc {

struct HttpAnswer
{
    HttpAnswer() = default; // not an aggregate: see docs/coroutine-pitfalls.md

    int status = 200;
    std::string type;                // of the body
    std::vector<HttpHeader> headers; // besides those that every answer has
    ByteView body;                   // of somebody else's; lives until it is sent
    std::string text;                // the body where that is empty
};

// The head of an answer, and its own text. leaves_body_out: for HEAD and for a status without one.
Bytes http_answer(const HttpAnswer& answer, bool keeps_alive, bool leaves_body_out);

// A page that says what is wrong, in plain words.
HttpAnswer error_page(int status, const std::string& text);

} // namespace covnc
