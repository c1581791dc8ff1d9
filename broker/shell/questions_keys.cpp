// Who may come in: keys admitted, listed and revoked by administrators, and replaced by those who hold them.
#include <algorithm>

#include <fmt/format.h>

#include "broker/shell/arguments.hpp"
#include "broker/shell/questions.hpp"
#include "common/net/keys.hpp"

namespace cadre {

namespace {

constexpr std::uint64_t ticket_seconds_max = 30 * 86400;

const KeyRow* find(const std::vector<KeyRow>& rows, const std::string& key) {
  const auto place = std::find_if(rows.begin(), rows.end(), [&](const KeyRow& row) { return row.public_key == key; });
  return place == rows.end() ? nullptr : &*place;
}

}  // namespace

void Questions::key_list(const Asked& asked) {
  read<std::vector<KeyRow>>(asked, [](Store& store) { return store.load_keys(); },
                            [this, asked](std::vector<KeyRow>& rows) { answer(asked, views::keys(rows, doors_.now().wall, doors_.last_heard)); });
}

// A ticket is a key in the role of joining, and never one for good.
void Questions::key_change(const Asked& asked, const Json& arguments, bool revoke) {
  KeyRow row;
  row.public_key = text(arguments, "key");
  row.name = text(arguments, "name");
  row.revoked = revoke;
  row.by = asked.who.name;
  row.wall = doors_.now().wall;
  const auto role = parse_role(revoke ? "client" : text(arguments, "role"));
  if (!role) return refuse(asked, "a role is wanted: client, worker, admin or join");
  if (!revoke && !net::is_key(row.public_key)) return refuse(asked, "a public key is wanted: 40 characters of Z85, as `cadre key new` prints it");
  if (!is_name(row.name) && !revoke) return refuse(asked, fmt::format("'{}' is not a name: 1 to 64 of A-Z a-z 0-9 . _ -", row.name));
  row.role = *role;
  const auto seconds = number(arguments, "valid_seconds", 0);
  if (row.role == Role::join && !revoke && (seconds < 1 || seconds > ticket_seconds_max))
    return refuse(asked, fmt::format("a ticket is valid for 1 to {} seconds (valid_seconds), found {}", ticket_seconds_max, seconds));
  if (row.role == Role::join) row.not_after = row.wall + std::chrono::seconds(seconds);
  if (!revoke) return doors_.step(ChangeKey{asked.from, asked.id, row});
  // By key or by name: the rows say which.
  read<std::vector<KeyRow>>(asked, [](Store& store) { return store.load_keys(); }, [this, asked, row](std::vector<KeyRow>& rows) {
    bool found = false;
    for (KeyRow& known : rows) {
      if (known.revoked || (known.public_key != row.public_key && (row.name.empty() || known.name != row.name))) continue;
      known.revoked = true;
      known.by = row.by;
      known.wall = row.wall;
      doors_.step(ChangeKey{asked.from, found ? 0 : asked.id, known});
      found = true;
    }
    if (!found) refuse(asked, fmt::format("no admitted key is named '{}'; `cadre key list` shows them", row.name.empty() ? row.public_key : row.name));
  });
}

// Says nothing where the store is away or the reader has too much to do: it is said again. What the rows say counts, not
// what the gate knows: they hold the revoked keys too.
void Questions::join(PeerId from, const Identity& who, const std::string& key, const Join& join) {
  if (doors_.core() == nullptr) return;
  if (!net::is_key(join.public_key)) return doors_.say(from, Refusal{"a public key is wanted: 40 characters of Z85, as `cadre key new` prints it", true});
  (void)doors_.reader.post([this, from, who, key, join](Store& store) -> StoreThread::Completion {
    auto found = std::make_shared<Stored<std::vector<KeyRow>>>(store.load_keys());
    return [this, from, who, key, join, found] {
      if (const auto* rows = std::get_if<std::vector<KeyRow>>(&*found)) replace_key(from, who, key, join, *rows);
    };
  });
}

// A key that is known already could be anybody's: an administrator's would lose its role, and one that was revoked would be
// let in again.
void Questions::replace_key(PeerId from, const Identity& who, const std::string& key, const Join& join, const std::vector<KeyRow>& rows) {
  const auto no = [&](const std::string& why) { doors_.say(from, Refusal{why, true}); };
  const KeyRow* old_key = find(rows, key);
  const WallTime wall = doors_.now().wall;
  if (old_key == nullptr || old_key->revoked || (old_key->not_after != WallTime{} && wall >= old_key->not_after))
    return no("this ticket was used, was taken back, or has expired; on the master: cadre node ticket " + who.name);
  const KeyRow* known = find(rows, join.public_key);
  if (known != nullptr)
    return no(fmt::format("this public key is known already, as {} ({}{}): a new key is wanted, made by `cadre key new`", known->name,
                          to_string(known->role), known->revoked ? ", revoked" : ""));
  KeyRow used = *old_key;
  used.revoked = true;
  used.wall = wall;
  doors_.step(ReplaceKey{from, used, {join.public_key, used.name, Role::worker, false, used.by, wall}});
}

}  // namespace cadre
