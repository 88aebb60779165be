// What a machine says about its picture cannot be.
#pragma once

#include <stdexcept>

namespace covnc {

// Nothing of that picture was drawn; the text says what is wrong.
class BadPicture : public std::runtime_error
{
public:
    using std::runtime_error::runtime_error;
};

} // namespace covnc
