// What a folder gives to the web.
#include "src/web/web_files.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>

using namespace covnc;
namespace fs = std::filesystem;

namespace {

class Folder
{
public:
    Folder()
    {
        std::string name = (fs::temp_directory_path() / "covnc-web-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { fs::remove_all(path_); }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    const fs::path& path() const { return path_; }
    void add(const std::string& name, const std::string& content = "x") const
    {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << content;
    }

private:
    fs::path path_;
};

std::string mistake(const fs::path& folder)
{
    try {
        WebFiles::read(folder);
    } catch (const std::runtime_error& error) {
        return error.what();
    }
    return "none";
}

} // namespace

TEST_CASE("path traversal: only files of the folder can be asked for", "[web]")
{
    const Folder folder;
    folder.add("web/index.html", "hello");
    folder.add("web/app/ui.js");
    folder.add("web/.htpasswd");
    folder.add("web/.git/config");
    folder.add("beside.txt");
    fs::create_symlink("index.html", folder.path() / "web/inside");
    fs::create_symlink("../beside.txt", folder.path() / "web/outside");
    fs::create_symlink("/etc", folder.path() / "web/etc");
    fs::create_symlink("nowhere", folder.path() / "web/broken");
    fs::create_directory_symlink(".", folder.path() / "web/loop");
    const WebFiles files = WebFiles::read((folder.path() / "web").string());
    REQUIRE(files.find("/index.html") != nullptr);
    CHECK(files.find("/index.html")->content == Bytes{'h', 'e', 'l', 'l', 'o'});
    CHECK(files.find("/app/ui.js") != nullptr);
    CHECK(files.find("/inside") != nullptr);
    for (const char* const name : {"/.htpasswd",
                                   "/.git/config",
                                   "/outside",
                                   "/etc",
                                   "/etc/passwd",
                                   "/broken",
                                   "/beside.txt",
                                   "/../beside.txt",
                                   "/app/../index.html",
                                   "//index.html",
                                   "index.html",
                                   "/app",
                                   "/app/",
                                   "/",
                                   "",
                                   "/loop/index.html",
                                   "/./index.html"}) {
        INFO(name);
        CHECK(files.find(name) == nullptr);
    }
    CHECK(files.find(std::string("/index.html\0", 12)) == nullptr);
    CHECK(files.start_page() == "/index.html");
}

TEST_CASE("types go by the name, tags by the content", "[web]")
{
    const WebFiles files({{"/a.html", {'a'}}, {"/b.js", {'b'}}, {"/c", {'a'}}, {"/d.css", {}}});
    CHECK(files.find("/a.html")->type == "text/html; charset=utf-8");
    CHECK(files.find("/b.js")->type == "text/javascript; charset=utf-8");
    CHECK(files.find("/c")->type == "application/octet-stream");
    CHECK(files.find("/a.html")->etag == files.find("/c")->etag);
    CHECK(files.find("/a.html")->etag != files.find("/b.js")->etag);
    CHECK(files.find("/d.css")->etag == "\"e3b0c44298fc1c149afbf4c8\""); // SHA-256 of nothing
    CHECK(files.start_page().empty());
    CHECK_THAT(WebFiles(std::map<std::string, Bytes>{{"/vnc.html", {}}}).start_page(),
               Catch::StartsWith("/vnc.html?"));
}

TEST_CASE("a folder that cannot be served is named", "[web]")
{
    const Folder folder;
    CHECK_THAT(mistake("/nonexistent"), Catch::Contains("/nonexistent"));
    CHECK_THAT(mistake("/etc/passwd"), Catch::Contains("/etc/passwd"));
    CHECK_THAT(mistake(folder.path()), Catch::Contains("neither index.html nor vnc.html"));
    folder.add("index.html");
    CHECK(mistake(folder.path()) == "none");
    folder.add("large");
    fs::resize_file(folder.path() / "large", std::uintmax_t{65} << 20U);
    CHECK_THAT(mistake(folder.path()), Catch::Contains("64 megabytes"));
}
