#include "coroutine/intrusive_list.h"

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

using namespace covnc;

namespace {

struct OneTag;
struct OtherTag;

struct Element : ListLink<OneTag>, ListLink<OtherTag>
{
    explicit Element(int number) : value(number) {}
    int value;
};

using One = IntrusiveList<Element, OneTag>;
using Other = IntrusiveList<Element, OtherTag>;

std::vector<int> drain(One& list)
{
    std::vector<int> values;
    while (!list.is_empty()) {
        values.push_back(list.pop_front().value);
    }
    return values;
}

} // namespace

TEST_CASE("elements come out in the order they went in", "[intrusive_list]")
{
    One list;
    Element a(1);
    Element b(2);
    Element c(3);
    list.push_back(a);
    list.push_back(b);
    list.push_back(c);
    static_cast<ListLink<OneTag>&>(b).unlink();
    static_cast<ListLink<OneTag>&>(b).unlink(); // once is enough, twice no harm
    CHECK(drain(list) == std::vector<int>{1, 3});
    CHECK(list.is_empty());
}

TEST_CASE("an element can be in two lists, and leaves both when it goes", "[intrusive_list]")
{
    One one;
    Other other;
    Element stays(1);
    {
        Element goes(2);
        one.push_back(goes);
        one.push_back(stays);
        other.push_back(stays);
        other.push_back(goes);
    }
    CHECK(other.pop_front().value == 1);
    CHECK(other.is_empty());
    CHECK(drain(one) == std::vector<int>{1});
}

TEST_CASE("a list that goes lets go of its elements", "[intrusive_list]")
{
    Element element(1);
    {
        One list;
        list.push_back(element);
    }
    CHECK_FALSE(element.ListLink<OneTag>::is_linked());
    One again;
    again.push_back(element);
    CHECK(drain(again) == std::vector<int>{1});
}

TEST_CASE("splicing appends all, also nothing to nothing", "[intrusive_list]")
{
    One first;
    One second;
    first.splice(second);
    CHECK(first.is_empty());
    Element a(1);
    Element b(2);
    Element c(3);
    first.push_back(a);
    second.push_back(b);
    second.push_back(c);
    first.splice(second);
    CHECK(second.is_empty());
    second.splice(first);
    CHECK(first.is_empty());
    CHECK(drain(second) == std::vector<int>{1, 2, 3});
}
