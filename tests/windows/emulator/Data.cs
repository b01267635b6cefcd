// SPDX-License-Identifier: GPL-3.0-or-later
// What a rule holds, and its text in the registry: v2.31|Action=Allow|Active=TRUE|...

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;

namespace MsxLab
{
    // settings.txt: key=value, a line each; the file may be missing. What stands here is what no document settles.
    public sealed class Settings
    {
        public static readonly Dictionary<string, string> Defaults = new Dictionary<string, string>
        {
            ["added_is_live"] = "yes",       // whether the object given to Add is the stored rule afterwards: yes, no
            ["address_order"] = "given",     // within one kind of address: given, sorted
            ["checks"] = "put",              // combinations of properties are checked at the: put, add
            ["duplicates"] = "kept",         // equal addresses: kept, dropped
            ["empty_text"] = "null",         // texts that are not set read as: null, empty
            ["equal_ends"] = "kept",         // ports 80-80: kept, single
            ["gpo_listed"] = "no",           // whether rules of Group Policy are among the rules: yes, no
            ["host_bits"] = "kept",          // 10.1.2.3/24: kept, masked
            ["keyword_ports"] = "plain",     // RPC reads as: plain, comma
            ["local_keywords"] = "accepted", // LocalSubnet in local addresses: accepted, refused
            ["other_ports"] = "null",        // ports of a protocol that has none: null, empty, refused
            ["over_limit"] = "0x80070057",   // the answer to too many addresses
            ["ports"] = "given",             // order of ports: given, regrouped, sorted
            ["profiles_read"] = "2147483647",// all profiles of a stored rule: 2147483647, 7
            ["same_name"] = "first",         // which of several rules Item and Remove take: first, last
            ["slash128"] = "prefix",         // x/128 reads as: prefix, range
            // states of the host, not open questions
            ["acl"] = "",                    // rights of our folder, in place of those that were set
            ["connections"] = "",            // addresses with an established connection to WinRM
            ["die_after"] = "0",             // the process ends right after this many writes, of rules, files and tasks
            ["elevated"] = "yes",
            ["fail_at"] = "0",               // this write (1 is the first) is answered with fail_with
            ["fail_with"] = "0x80070005",
            ["scheduler"] = "running",       // running, stopped, disabling: tasks are disabled as they are registered
            ["service"] = "running",         // running, stopped
            ["slow_ms"] = "0",               // how long each rule takes in an enumeration
            ["stays"] = "no",                // whether Remove has no effect: yes, no
            ["vanishes"] = "",               // id of a rule that somebody removes while the rules are listed
        };
        readonly Dictionary<string, string> values = new Dictionary<string, string>(Defaults);

        public Settings(string directory)
        {
            string path = Path.Combine(directory, "settings.txt");
            if (!File.Exists(path)) return;
            foreach (string line in File.ReadAllLines(path).Where(line => line.Contains('=')))
            {
                string key = line.Substring(0, line.IndexOf('='));
                if (!Defaults.ContainsKey(key)) throw new InvalidDataException("no such setting: " + key);
                values[key] = line.Substring(line.IndexOf('=') + 1);
            }
        }

        public string Get(string key) { return values[key]; }
        public bool Is(string key, string value) { return values[key] == value; }
        public uint Number(string key)
        {
            string text = values[key];
            return text.StartsWith("0x") ? Convert.ToUInt32(text, 16) : uint.Parse(text);
        }
    }

    public sealed class Data
    {
        public const int AllProfiles = 0x7FFFFFFF;
        static readonly string[] TypeNames = { "Lan", "Wireless", "RemoteAccess" };
        static readonly string[] TextTokens =
            { "App", "Svc", "Name", "Desc", "LUAuth", "RUAuth", "RMauth", "LUOwn", "AppPkgId", "EmbedCtxt" };
        static readonly string[] ProfileNames = { "Domain", "Private", "Public" };

        // token -> text that may be missing
        public readonly Dictionary<string, string> Texts = new Dictionary<string, string>();
        public int Protocol = 256, Direction = 1, Profiles = AllProfiles, Action = 1, Edge = 0;
        public bool Enabled;
        public List<string> LocalPorts = new List<string>(), RemotePorts = new List<string>();
        public List<string> Local = new List<string>(), Remote = new List<string>();
        public List<string> Types = new List<string>(), Interfaces = new List<string>();
        public List<string> InterfaceTypes = new List<string>();
        public readonly List<string> Others = new List<string>(); // tokens that COM does not show
        public string Version = "v2.31";

        public bool HasPorts { get { return Protocol == 6 || Protocol == 17; } }
        public bool HasTypes { get { return Protocol == 1 || Protocol == 58; } }
        public string Text(string token) { return Texts.TryGetValue(token, out string found) ? found : null; }

        public static Data Parse(string line, Settings settings)
        {
            var data = new Data();
            string[] tokens = line.TrimEnd('|').Split('|');
            data.Version = tokens[0];
            var local = new List<string>();
            var remote = new List<string>();
            int profiles = 0;
            bool edge = false;
            string defer = null;
            foreach (string token in tokens.Skip(1))
            {
                string key = token.Substring(0, token.IndexOf('=')), value = token.Substring(token.IndexOf('=') + 1);
                if (key == "Profile") profiles |= 1 << Array.IndexOf(ProfileNames, value);
                else if (key == "Edge") edge = value == "TRUE";
                else if (key == "Defer") defer = value;
                else if (key == "LA4" || key == "LA6") local.Add(value);
                else if (key == "RA4" || key == "RA6") remote.Add(value);
                else data.Take(key, value, token);
            }
            data.Local = Addresses.Parse(string.Join(",", local.Distinct()), false, settings);
            data.Remote = Addresses.Parse(string.Join(",", remote.Distinct()), false, settings);
            data.Profiles = profiles == 0 ? AllProfiles : profiles;
            data.Edge = defer == "App" ? 2 : defer == "User" ? 3 : edge ? 1 : 0;
            return data;
        }

        void Take(string key, string value, string token)
        {
            switch (key)
            {
                case "Action": Action = value == "Block" ? 0 : 1; break;
                case "Active": Enabled = value == "TRUE"; break;
                case "Dir": Direction = value == "Out" ? 2 : 1; break;
                case "Protocol": Protocol = int.Parse(value); break;
                case "LPort": case "LPort2_10": LocalPorts.Add(value); break;
                case "RPort": case "RPort2_10": RemotePorts.Add(value); break;
                case "ICMP4": case "ICMP6": Types.Add(value); break;
                case "IF": Interfaces.Add(value); break;
                case "IFType": InterfaceTypes.Add(value); break;
                case "App": case "Svc": case "Name": case "Desc": case "EmbedCtxt":
                case "LUAuth": case "RUAuth": case "RMauth": case "LUOwn": case "AppPkgId":
                    Texts[key] = value; break;
                default: Others.Add(token); break;
            }
        }

        public string Format()
        {
            var tokens = new List<string> { Version, "Action=" + (Action == 0 ? "Block" : "Allow") };
            tokens.Add("Active=" + (Enabled ? "TRUE" : "FALSE"));
            tokens.Add("Dir=" + (Direction == 2 ? "Out" : "In"));
            if (Protocol != 256) tokens.Add("Protocol=" + Protocol);
            if ((Profiles & 7) != 7)
                tokens.AddRange(ProfileNames.Where((n, b) => (Profiles & (1 << b)) != 0).Select(n => "Profile=" + n));
            tokens.AddRange(PortTokens("LPort", LocalPorts));
            tokens.AddRange(PortTokens("RPort", RemotePorts));
            tokens.AddRange(Types.Select(type => (Protocol == 1 ? "ICMP4=" : "ICMP6=") + type));
            tokens.AddRange(Local.SelectMany(text => AddressTokens("LA", text)));
            tokens.AddRange(Remote.SelectMany(text => AddressTokens("RA", text)));
            tokens.AddRange(Interfaces.Select(name => "IF=" + name));
            tokens.AddRange(TypeNames.Where(InterfaceTypes.Contains).Select(name => "IFType=" + name));
            foreach (string key in TextTokens)
                if (!string.IsNullOrEmpty(Text(key))) tokens.Add(key + "=" + Text(key));
            if (Edge == 1 || Edge == 2) tokens.Add("Edge=TRUE");
            if (Edge > 1) tokens.Add(Edge == 2 ? "Defer=App" : "Defer=User");
            return string.Join("|", tokens.Concat(Others)) + "|";
        }

        static IEnumerable<string> PortTokens(string key, List<string> ports)
        {
            return ports.Select(port =>
                (port.Contains('-') && Ports.Word(port) == null ? key + "2_10=" : key + "=") + port);
        }

        static IEnumerable<string> AddressTokens(string key, string text)
        {
            int kind = Addresses.Kind(text);
            if (kind < 3) yield return key + "4=" + text;
            if (kind == 0 || kind > 2) yield return key + "6=" + text;
        }

        // [MS-FASP] 2.2.37, as far as properties that COM offers can break it
        public void CheckCombination()
        {
            bool words = LocalPorts.Any(p => p == "RPC" || p == "RPC-EPMap");
            bool bad = words && (Protocol != 6 || Direction != 1)
                || LocalPorts.Contains("Teredo") && (Protocol != 17 || Direction != 1)
                || RemotePorts.Any(p => Ports.Word(p) != null)
                || Edge != 0 && Direction != 1
                || Local.Count > 0 && Interfaces.Count + InterfaceTypes.Count > 0;
            if (bad) throw Fault.Of(Fault.Argument);
        }

        public void CheckTexts()
        {
            string name = Text("Name");
            bool bad = string.IsNullOrEmpty(name) || name.Equals("all", StringComparison.OrdinalIgnoreCase);
            var limits = new Dictionary<string, (int, string)>
            {
                ["Name"] = (9999, "|"), ["Desc"] = (9999, "|"), ["EmbedCtxt"] = (9999, "|"),
                ["App"] = (259, "/*?\"<>|"), ["Svc"] = (259, "/\\|"),
            };
            foreach (var (token, (longest, forbidden)) in limits)
            {
                string text = Text(token) ?? "";
                bad |= text.Length > longest || text.IndexOfAny(forbidden.ToCharArray()) >= 0;
            }
            if (bad) throw Fault.Of(Fault.Argument);
        }
    }
}
