// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ILicences, Licence, Standing} from "./interfaces/IParties.sol";
import {Prefixes} from "./Prefixes.sol";
import {Register} from "./Register.sol";
import {Scopes} from "./Scopes.sol";

/// @title Licences
/// @notice The half of Parties about who holds which range of identifiers. It is code for Parties to delegate to, never
/// called itself: one contract would pass the size limit.
/// @dev Prefixes and namespaces are found by exact look-up of each length that was ever registered under the first three
/// digits; a counter on every shorter prefix (every shorter namespace that ends at a delimiter) refuses overlaps.
contract Licences is Register, ILicences {
    uint8 internal constant COMPANY_PREFIX = 1;
    uint8 internal constant NAMESPACE = 3;
    uint8 internal constant CATCH_ALL = 4;

    uint256 internal constant MIN_NAMESPACE = 8;
    uint256 internal constant MAX_NAMESPACE = 200;

    /// @dev keccak256 of the empty namespace, which only the sandbox covers.
    bytes32 internal constant EMPTY = keccak256("");

    // ---- answers ----

    function licence(uint64 id) external view returns (Licence memory) {
        return _licences[id];
    }

    function licenceCount() external view returns (uint64) {
        return _licenceCount;
    }

    function member(uint64 id, address account) external view returns (uint8) {
        return _members[id][account].standing;
    }

    function licenceForDigits(bytes32 digits) external view returns (uint64 id) {
        id = _covering(digits);
        if (id == 0 && !Prefixes.isRestricted(digits)) id = _sandbox;
    }

    function licenceForURI(string calldata uri) external view returns (uint64 id, uint256 length) {
        bytes calldata b = bytes(uri);
        uint256 end = b.length < MAX_NAMESPACE ? b.length : MAX_NAMESPACE;
        for (length = MIN_NAMESPACE; length <= end; ++length) {
            if (!_isDelimiter(b[length - 1])) continue;
            id = _byPrimary[keccak256(b[:length])];
            if (id != 0) return (id, length);
        }
        return (_sandbox, 0);
    }

    function licenceFor(uint8 kind, bytes32 primary) public view returns (uint64 id) {
        if (kind == 6 || kind == 7 || kind == 20) {
            // The primary key is the licensed prefix or namespace itself; none means the catch-all.
            return primary == (kind == 20 ? EMPTY : bytes32(0)) ? _sandbox : _byPrimary[primary];
        }
        bool gtin = kind <= 3 || (kind == 9 && uint256(primary) << 112 == 0 && primary[13] != 0);
        // The indicator digit of a GTIN and the extension digit of an SSCC come before the prefix; so does a GRAI's zero.
        bytes32 digits = gtin || kind == 4 || kind == 5 ? primary << 8 : primary;
        id = _covering(digits);
        if (id == 0 && !(gtin && Prefixes.isRestricted(digits))) id = _sandbox;
    }

    function standing(address account, uint8 kind, bytes32 primary) external view returns (Standing memory s) {
        s.licence = licenceFor(kind, primary);
        if (s.licence == 0) return s;
        Licence storage l = _licences[s.licence];
        s.inForce = block.timestamp >= l.validFrom && (l.validUntil == 0 || block.timestamp < l.validUntil);
        if (l.holder == account) {
            s.standing = 3;
        } else {
            s.standing = _members[s.licence][account].standing;
            if (s.standing == 0 && l.open) s.standing = 4;
        }
    }

    // ---- acts of operators ----

    function grantLicence(
        address holder,
        uint8 kind,
        string calldata text,
        uint64 validFrom,
        uint64 validUntil,
        bytes32 evidence
    ) external returns (uint64 id) {
        _sponsorOf(holder);
        _checkValidity(validFrom, validUntil);
        require(kind >= COMPANY_PREFIX && kind <= NAMESPACE, BadLicenceKind(kind));
        bytes32 primary = kind == NAMESPACE ? _occupyNamespace(text) : _occupyPrefix(text);
        id = _newLicence(holder, kind, text, primary);
        Licence storage l = _licences[id];
        l.validFrom = validFrom;
        l.validUntil = validUntil;
        l.evidence = evidence;
        _byPrimary[primary] = id;
        _recordLicence(id);
    }

    function renewLicence(uint64 id, uint64 validFrom, uint64 validUntil, bytes32 evidence) external {
        Licence storage l = _sponsored(id);
        _checkValidity(validFrom, validUntil);
        l.validFrom = validFrom;
        l.validUntil = validUntil;
        l.evidence = evidence;
        _recordLicence(id);
    }

    function revokeLicence(uint64 id) external {
        Licence storage l = _sponsored(id);
        require(l.kind != CATCH_ALL, UnknownLicence(id));
        l.revokedAt = uint64(block.timestamp);
        delete _byPrimary[l.primary];
        _countAncestors(l.kind, bytes(l.text), false);
        _recordLicence(id);
    }

    // ---- acts of a party ----

    function setOpen(uint64 id, bool open) external {
        Licence storage l = _held(id);
        l.open = open;
        _recordLicence(id);
    }

    function setMember(uint64 id, address account, uint8 standing_) external {
        Licence storage l = _held(id);
        _known(account);
        require(standing_ <= 2, BadStanding(standing_));
        Listing storage m = _members[id][account];
        if (!m.known) {
            m.known = true;
            m.apart = ++_listed[id] > BESIDE;
        }
        m.standing = standing_;
        bytes32 suffix = m.apart ? keccak256(abi.encode(id, account)) : bytes32(0);
        bytes memory data = abi.encode(id, account, standing_, m.apart, msg.sender);
        _record(LEAF_LICENCE, l.holder, suffix, MemberRecorded.selector, data);
    }

    // ---- genesis ----

    function grantSandbox(address holder) external restricted {
        require(block.number == 0, OnlyInGenesis());
        _known(holder);
        _sandbox = _newLicence(holder, CATCH_ALL, "", 0);
        Licence storage l = _licences[_sandbox];
        l.open = true;
        l.validFrom = uint64(block.timestamp);
        _recordLicence(_sandbox);
    }

    // ---- internal ----

    function _newLicence(address holder, uint8 kind, string memory text, bytes32 primary) private returns (uint64 id) {
        id = ++_licenceCount;
        Licence storage l = _licences[id];
        l.holder = holder;
        l.kind = kind;
        l.length = uint16(bytes(text).length);
        l.primary = primary;
        l.text = text;
    }

    function _covering(bytes32 digits) private view returns (uint64) {
        uint256 bits = _lengths[bytes3(digits)];
        for (uint256 n = Prefixes.MIN; n <= Prefixes.MAX; ++n) {
            if (bits >> n & 1 == 0) continue;
            uint64 id = _byPrimary[Prefixes.head(digits, n)];
            if (id != 0) return id;
        }
        return 0;
    }

    function _occupyPrefix(string calldata text) private returns (bytes32 primary) {
        bool ok;
        (ok, primary) = Prefixes.parse(text);
        require(ok, BadPrefix(text));
        uint256 n = bytes(text).length;
        require(Prefixes.isRegistrable(primary, n), RestrictedPrefix(text));
        require(_covering(primary) == 0 && _under[primary] == 0, Overlap(text));
        _countAncestors(COMPANY_PREFIX, bytes(text), true);
        _lengths[bytes3(primary)] |= 1 << n;
    }

    function _occupyNamespace(string calldata text) private returns (bytes32 primary) {
        bytes calldata b = bytes(text);
        bool ok = b.length >= MIN_NAMESPACE && b.length <= MAX_NAMESPACE && _isDelimiter(b[b.length - 1]);
        for (uint256 i = 0; ok && i < b.length; ++i) {
            ok = b[i] > 0x20 && b[i] < 0x7f;
        }
        require(ok, BadNamespace(text));
        for (uint256 n = MIN_NAMESPACE; n <= b.length; ++n) {
            if (_isDelimiter(b[n - 1])) require(_byPrimary[keccak256(b[:n])] == 0, Overlap(text));
        }
        primary = keccak256(b);
        require(_under[primary] == 0, Overlap(text));
        _countAncestors(NAMESPACE, b, true);
    }

    /// @dev Counts the range under every shorter one that could be asked for.
    function _countAncestors(uint8 kind, bytes memory text, bool more) private {
        bool digits = kind != NAMESPACE;
        for (uint256 n = digits ? Prefixes.MIN : MIN_NAMESPACE; n < text.length; ++n) {
            bytes32 ancestor;
            if (digits) {
                ancestor = Prefixes.head(bytes32(text), n);
            } else {
                if (!_isDelimiter(text[n - 1])) continue;
                assembly ("memory-safe") {
                    ancestor := keccak256(add(text, 0x20), n)
                }
            }
            if (more) ++_under[ancestor];
            else --_under[ancestor];
        }
    }

    function _isDelimiter(bytes1 c) private pure returns (bool) {
        return c == "/" || c == ":" || c == "#" || c == "?" || c == "=";
    }

    function _live(uint64 id) private view returns (Licence storage l) {
        l = _licences[id];
        require(l.holder != address(0) && l.revokedAt == 0, UnknownLicence(id));
    }

    function _sponsored(uint64 id) private view returns (Licence storage l) {
        l = _live(id);
        _sponsorOf(l.holder);
    }

    function _held(uint64 id) private view returns (Licence storage l) {
        l = _live(id);
        address account = _actor(Scopes.ADMINISTER);
        require(l.holder == account, NotHolder(id, account));
    }

    function _recordLicence(uint64 id) private {
        Licence storage l = _licences[id];
        bytes memory data = abi.encode(id, l, msg.sender);
        _record(LEAF_LICENCE, l.holder, 0, LicenceRecorded.selector, data);
    }
}
