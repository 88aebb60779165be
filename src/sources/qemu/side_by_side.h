// The pictures of a machine's consoles in one Display: side by side, top aligned, black below
// shorter ones. With one console it is the whole display. Loop thread only.
//
// Consoles are counted from 0 here, whatever numbers the machine gives them.
#pragma once

#include "rfb/display.h"
#include "src/sources/bad_picture.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace covnc {

class SideBySide
{
public:
    // ids: of the screens that viewers are told of, one a console, from left to right. The display
    // must live longer, and nobody else give it a size. Consoles have no size at first.
    SideBySide(Display& display, const std::vector<std::uint32_t>& ids);

    Display& display() { return display_; }
    std::size_t count() const { return consoles_.size(); }
    // Where the console is in the display.
    const Rect& area(std::size_t console) const { return consoles_[console].screen.area; }

    // --- the picture of one console, in its own coordinates ---
    Size size(std::size_t console) const { return area(console).size(); }
    WritablePixelView back(std::size_t console) { return display_.back().part(area(console)); }
    // It is black and new then, or as it was where it has that size; the others move, with what
    // they show. Throws BadPicture where the display cannot have that size.
    void resize(std::size_t console, Size size);
    // The part `changed` of back() was drawn.
    void touched(std::size_t console, const Rect& changed);
    // Everything that was there has been drawn, on all consoles: a frame.
    void flush();

    // --- the pointer: viewers are told of that of one console ---
    void set_cursor(std::size_t console, Cursor cursor);
    void set_pointer_absolute(std::size_t console, bool absolute);
    // Where the machine has its visible pointer.
    void set_pointer_position(std::size_t console, Point position);
    // The pointer is on this one now.
    void point_at(std::size_t console);
    // The console that a place in the display belongs to, and where that is on a console; what is
    // outside of it counts as the nearest place inside.
    std::size_t find(Point place) const;
    Point place_on(std::size_t console, Point place) const;
    // The one with the most pixels.
    std::size_t largest() const;
    // What to tell this console of a place where its tablet spans the whole display: such a tablet
    // takes the console's width and height for the display's.
    Point place_for_all(std::size_t console, Point place) const;

    // Where consoles would be that had the sizes of these screens. Nothing unless the layout is
    // just that, with one screen for each console, known by its id.
    std::optional<std::vector<Rect>> places_in(const ScreenLayout& wanted) const;

private:
    struct Console
    {
        Screen screen; // without an area: it has no size yet
        std::optional<Cursor> cursor;
        bool is_absolute = true;
    };

    // Puts them in a row, by their sizes.
    static ScreenLayout arrange(std::vector<Screen>& screens);
    std::vector<Screen> screens() const;
    void move_pictures(const std::vector<Screen>& to, const ScreenLayout& layout);

    Display& display_;
    std::vector<Console> consoles_;
    std::size_t pointed_at_ = 0;
    Region damage_; // of the display
};

} // namespace covnc
