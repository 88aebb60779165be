// A doubly linked list whose links live in the elements: no allocation, and an element that is
// destroyed leaves its list by itself. Not owning; one thread.
#pragma once

namespace covnc {

// Derive from ListLink<Tag> once for each list that an element can be in at the same time.
template <typename Tag>
class ListLink
{
public:
    ListLink() = default;
    ListLink(const ListLink&) = delete;
    ListLink& operator=(const ListLink&) = delete;
    ~ListLink() { unlink(); }

    bool is_linked() const { return next_ != nullptr; }
    void unlink() noexcept
    {
        if (next_ == nullptr) {
            return;
        }
        previous_->next_ = next_;
        next_->previous_ = previous_;
        previous_ = nullptr;
        next_ = nullptr;
    }

private:
    template <typename Element, typename ListTag>
    friend class IntrusiveList;

    ListLink* previous_ = nullptr;
    ListLink* next_ = nullptr;
};

// Element derives from ListLink<Tag>. Elements that are still linked when the list goes are
// unlinked.
template <typename Element, typename Tag>
class IntrusiveList
{
    using Link = ListLink<Tag>;

public:
    IntrusiveList() { reset(); }
    IntrusiveList(const IntrusiveList&) = delete;
    IntrusiveList& operator=(const IntrusiveList&) = delete;
    ~IntrusiveList()
    {
        while (!is_empty()) {
            pop_front();
        }
        head_.previous_ = nullptr;
        head_.next_ = nullptr;
    }

    bool is_empty() const { return head_.next_ == &head_; }
    Element& front() { return static_cast<Element&>(*head_.next_); }
    void push_back(Element& element)
    {
        Link& link = element;
        link.previous_ = head_.previous_;
        link.next_ = &head_;
        head_.previous_->next_ = &link;
        head_.previous_ = &link;
    }
    Element& pop_front()
    {
        Element& element = front();
        static_cast<Link&>(element).unlink();
        return element;
    }
    // Moves all elements of `other` to the end of this list.
    void splice(IntrusiveList& other)
    {
        if (other.is_empty()) {
            return;
        }
        Link* const first = other.head_.next_;
        Link* const last = other.head_.previous_;
        first->previous_ = head_.previous_;
        head_.previous_->next_ = first;
        last->next_ = &head_;
        head_.previous_ = last;
        other.reset();
    }

private:
    void reset()
    {
        head_.previous_ = &head_;
        head_.next_ = &head_;
    }

    Link head_;
};

} // namespace covnc
