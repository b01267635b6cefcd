// SPDX-License-Identifier: GPL-3.0-or-later
// Normal forms of addresses, ports and ICMP types as Windows gives them back. Each rule rests on a line of the
// collected facts about the firewall's interfaces; what no document settles is asked of the settings.

using System;
using System.Collections.Generic;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MsxLab
{
    public static class Fault
    {
        public const uint Argument = 0x80070057, List = 0x8007000D, Address = 0xD000000D, Denied = 0x80070005;
        public const uint Missing = 0x80070002, Unexpected = 0x8000FFFF, Stopped = 0x800706D9;

        // the exception type that .NET maps the number to, as a COM call on Windows raises it
        public static Exception Of(uint number)
        {
            return Marshal.GetExceptionForHR(unchecked((int)number), new IntPtr(-1))
                ?? new COMException("", unchecked((int)number));
        }
    }

    public static class Addresses
    {
        static readonly string[] Keywords = { "LocalSubnet", "DNS", "DHCP", "WINS", "DefaultGateway" };

        public static List<string> Parse(string text, bool local, Settings settings)
        {
            var found = new List<string>();
            if (string.IsNullOrEmpty(text) || text == "*") return found;
            foreach (string part in text.Split(','))
            {
                string word = Keywords.FirstOrDefault(k => k.Equals(part, StringComparison.OrdinalIgnoreCase));
                if (word != null && local && settings.Is("local_keywords", "refused")) throw Fault.Of(Fault.Argument);
                found.Add(word ?? One(part, settings));
            }
            if (settings.Is("duplicates", "dropped")) found = found.Distinct().ToList();
            return InWireOrder(found, settings);
        }

        public static string Show(List<string> list)
        {
            return list.Count == 0 ? "*" : string.Join(",", list);
        }

        // the stored type has a part for each kind, so the order between kinds is always this one
        static List<string> InWireOrder(List<string> list, Settings settings)
        {
            var kinds = list.GroupBy(Kind).OrderBy(g => g.Key).ToList();
            if (kinds.Any(g => g.Count() > 1000)) throw Fault.Of(settings.Number("over_limit"));
            return kinds.SelectMany(group =>
                group.Key == 0 ? group.OrderBy(word => Array.IndexOf(Keywords, word))
                : settings.Is("address_order", "sorted") ? group.OrderBy(text => text, StringComparer.Ordinal)
                : group.AsEnumerable()).ToList();
        }

        public static int Kind(string text)
        {
            if (Keywords.Contains(text)) return 0;
            bool wide = text.Contains(':'), range = text.Contains('-');
            return wide ? (range ? 4 : 3) : (range ? 2 : 1);
        }

        static string One(string text, Settings settings)
        {
            string[] ends = text.Split('-');
            if (ends.Length == 2) return Range(Read(ends[0]), Read(ends[1]));
            string[] parts = text.Split('/');
            IPAddress address = Read(parts[0]);
            bool wide = address.AddressFamily == AddressFamily.InterNetworkV6;
            if (parts.Length == 1 && wide) return Range(address, address);
            int longest = wide ? 128 : 32;
            int bits = parts.Length == 1 ? longest : Bits(parts[1], longest);
            if (bits < 1) throw Fault.Of(Fault.Address);
            if (settings.Is("host_bits", "masked")) address = Network(address, bits);
            if (!wide) return address + "/" + Mask(bits);
            return bits == 128 && settings.Is("slash128", "range") ? Range(address, address) : address + "/" + bits;
        }

        static IPAddress Read(string text)
        {
            if (!IPAddress.TryParse(text, out IPAddress found) || !(text.Contains('.') || text.Contains(':')))
                throw Fault.Of(Fault.Address);
            if (found.Equals(IPAddress.IPv6Loopback)) throw Fault.Of(Fault.Address);
            return found;
        }

        static string Range(IPAddress first, IPAddress last)
        {
            bool mixed = first.AddressFamily != last.AddressFamily;
            if (mixed || Number(first) > Number(last)) throw Fault.Of(Fault.Address);
            return first + "-" + last;
        }

        static BigInteger Number(IPAddress address)
        {
            return new BigInteger(address.GetAddressBytes(), isUnsigned: true, isBigEndian: true);
        }

        static int Bits(string text, int longest)
        {
            if (int.TryParse(text, out int bits)) return bits <= longest ? bits : -1;
            var octets = Read(text).GetAddressBytes().Select(b => Convert.ToString(b, 2).PadLeft(8, '0'));
            string mask = string.Concat(octets);
            return mask.TrimEnd('0').Contains('0') ? -1 : mask.TrimEnd('0').Length;
        }

        static IPAddress Mask(int bits)
        {
            return Network(IPAddress.Broadcast, bits);
        }

        static IPAddress Network(IPAddress address, int bits)
        {
            byte[] bytes = address.GetAddressBytes();
            for (int i = 0; i < bytes.Length; i++)
                bytes[i] &= (byte)(0xFF ^ (0xFF >> Math.Clamp(bits - 8 * i, 0, 8)));
            return new IPAddress(bytes);
        }
    }

    public static class Ports
    {
        public static readonly string[] Keywords = { "RPC", "RPC-EPMap", "IPHTTPS", "Teredo", "Ply2Disc", "mDNS" };

        public static List<string> Parse(string text, Settings settings)
        {
            if (string.IsNullOrEmpty(text) || text == "*") return new List<string>();
            var parts = text.Split(',').ToList();
            bool comma = parts.Count > 1 && parts.Last() == "" && Word(parts[parts.Count - 2]) != null;
            if (comma) parts.RemoveAt(parts.Count - 1);
            if (parts.Count > 1000) throw Fault.Of(settings.Number("over_limit"));
            var found = parts.Select(part => Word(part) ?? One(part, settings)).ToList();
            if (settings.Is("ports", "regrouped"))
                found = found.OrderBy(p => p.Contains('-') && Word(p) == null).ToList();
            if (settings.Is("ports", "sorted"))
                found = found.Distinct().OrderBy(p => Word(p) == null ? Start(p) : -1).ToList();
            return found;
        }

        public static string Show(List<string> list, Settings settings)
        {
            if (list.Count == 0) return "*";
            bool comma = settings.Is("keyword_ports", "comma") && list.All(part => Word(part) != null);
            return string.Join(",", list) + (comma ? "," : "");
        }

        public static string Word(string text)
        {
            return Keywords.FirstOrDefault(k => k.Equals(text, StringComparison.OrdinalIgnoreCase));
        }

        static int Start(string text)
        {
            return int.Parse(text.Split('-')[0]);
        }

        static string One(string text, Settings settings)
        {
            var ends = text.Split('-');
            if (ends.Length > 2 || ends.Any(end => end == "" || !end.All(char.IsAsciiDigit) || end.Length > 5))
                throw Fault.Of(Fault.List);
            var numbers = ends.Select(int.Parse).ToArray();
            if (numbers.Any(n => n > 65535) || numbers.First() > numbers.Last()) throw Fault.Of(Fault.List);
            bool single = numbers.Length == 2 && numbers[0] == numbers[1] && settings.Is("equal_ends", "single");
            return single ? numbers[0].ToString() : string.Join("-", numbers);
        }
    }

    public static class Icmp
    {
        public static List<string> Parse(string text)
        {
            if (string.IsNullOrEmpty(text)) return new List<string>();
            var found = new List<string>();
            foreach (string part in text.Split(','))
            {
                string[] pair = part.Split(':');
                bool code = pair.Length == 1 || pair[1] == "*" || byte.TryParse(pair[1], out _);
                bool good = byte.TryParse(pair[0], out _) && code;
                if (!good || pair.Length > 2) throw Fault.Of(Fault.Argument);
                found.Add(pair.Length == 2 ? part : part + ":*");
            }
            return found;
        }
    }
}
