// SPDX-License-Identifier: GPL-3.0-or-later
// INetFwRule3 as PowerShell sees it: one rule, detached or of the store.

using System;
using System.Collections.Generic;
using System.Linq;

namespace MsxLab
{
    public sealed class Rule
    {
        Store store;
        Record policyRecord; // a rule of Group Policy is read only
        string id;
        bool written; // after a put the name reads as it is stored, not as its resource says
        readonly Settings settings;
        public readonly Data Draft = new Data();

        public Rule(string directory) { settings = new Settings(directory); }

        public Rule(Store store, Record record) : this(store.Settings)
        {
            this.store = store;
            id = record.Id;
            policyRecord = record.OfPolicy ? record : null;
        }

        Rule(Settings settings) { this.settings = settings; }

        internal bool IsStored { get { return store != null; } }
        internal void Bind(Store owner, Record record) { store = owner; id = record.Id; }

        Data Get(string property)
        {
            if (store == null) return Draft;
            store.Log("get " + id + " " + property);
            return (policyRecord ?? store.Find(id)).Data(settings);
        }

        void Put(string property, Action<Data> change)
        {
            if (store == null) { Change(Draft, change, settings.Is("checks", "put")); return; }
            if (policyRecord != null) throw Fault.Of(Fault.Denied);
            Data next = Data.Parse(store.Find(id).Text, settings);
            Change(next, change, true);
            next.CheckTexts();
            string text = next.Format();
            store.Write("put " + id + " " + property, records => records.First(record => record.Id == id).Text = text);
            written = true;
        }

        static void Change(Data data, Action<Data> change, bool check)
        {
            change(data);
            if (check) data.CheckCombination();
        }

        void PutText(string property, string token, string value, string forbidden = "", int longest = 9999)
        {
            if ((value ?? "").IndexOfAny(forbidden.ToCharArray()) >= 0 || (value ?? "").Length > longest)
                throw Fault.Of(Fault.Argument);
            Put(property, data => data.Texts[token] = value);
        }

        string GetText(string property, string token)
        {
            return Shown(Get(property).Text(token));
        }

        string Shown(string text)
        {
            if (!string.IsNullOrEmpty(text)) return text;
            return settings.Is("empty_text", "null") ? null : "";
        }

        static string Joined(List<string> list) { return string.Join(",", list); }

        public string Name
        {
            get
            {
                string raw = Get("Name").Text("Name");
                return raw != null && raw.StartsWith("@") && !written ? "Resolved " + raw : Shown(raw);
            }
            set
            {
                bool all = "all".Equals(value, StringComparison.OrdinalIgnoreCase);
                if (all || string.IsNullOrEmpty(value)) throw Fault.Of(Fault.Argument);
                PutText("Name", "Name", value, "|");
            }
        }

        // a bar in the description of a detached rule is found when the rule is added
        public string Description
        {
            get { return GetText("Description", "Desc"); }
            set { PutText("Description", "Desc", value); }
        }

        public string ApplicationName
        {
            get
            {
                string raw = Get("ApplicationName").Text("App");
                return Shown(raw?.Replace("%SystemRoot%", @"C:\Windows", StringComparison.OrdinalIgnoreCase));
            }
            set
            {
                if (store != null && string.IsNullOrEmpty(value)) throw Fault.Of(Fault.Argument);
                PutText("ApplicationName", "App", value, "/*?\"<>|", 259);
            }
        }

        public string ServiceName
        {
            get { return GetText("ServiceName", "Svc"); }
            set { PutText("ServiceName", "Svc", value, "/\\|", 259); }
        }

        public string Grouping
        {
            get
            {
                if (store == null) return Shown(Draft.Text("EmbedCtxt"));
                store.Log("get " + id + " Grouping");
                if (settings.Is("vanishes", id))
                    store.Write("vanish " + id, records => records.RemoveAll(record => record.Id == id));
                return Shown((policyRecord ?? store.Find(id)).Token("EmbedCtxt"));
            }
            set { PutText("Grouping", "EmbedCtxt", value, "|"); }
        }

        public int Protocol
        {
            get { return Get("Protocol").Protocol; }
            set
            {
                Put("Protocol", data =>
                {
                    bool ports = data.LocalPorts.Count + data.RemotePorts.Count > 0 && value != 6 && value != 17;
                    bool types = data.Types.Count > 0 && value != 1 && value != 58;
                    if (ports || types || value < 0 || value > 256) throw Fault.Of(Fault.Argument);
                    data.Protocol = value;
                });
            }
        }

        public string LocalPorts
        {
            get { return GetPorts("LocalPorts", data => data.LocalPorts); }
            set { PutPorts("LocalPorts", value, (data, list) => data.LocalPorts = list); }
        }

        public string RemotePorts
        {
            get { return GetPorts("RemotePorts", data => data.RemotePorts); }
            set { PutPorts("RemotePorts", value, (data, list) => data.RemotePorts = list); }
        }

        string GetPorts(string property, Func<Data, List<string>> part)
        {
            Data data = Get(property);
            if (data.HasPorts) return Ports.Show(part(data), settings);
            if (settings.Is("other_ports", "refused")) throw Fault.Of(Fault.Argument);
            return settings.Is("other_ports", "empty") ? "" : null;
        }

        void PutPorts(string property, string value, Action<Data, List<string>> part)
        {
            Put(property, data =>
            {
                if (!data.HasPorts) throw Fault.Of(Fault.Argument); // even for *
                part(data, Ports.Parse(value, settings));
            });
        }

        public string LocalAddresses
        {
            get { return Addresses.Show(Get("LocalAddresses").Local); }
            set { Put("LocalAddresses", data => data.Local = Addresses.Parse(value, true, settings)); }
        }

        public string RemoteAddresses
        {
            get { return Addresses.Show(Get("RemoteAddresses").Remote); }
            set { Put("RemoteAddresses", data => data.Remote = Addresses.Parse(value, false, settings)); }
        }

        public string IcmpTypesAndCodes
        {
            get { return Shown(Joined(Get("IcmpTypesAndCodes").Types)); }
            set
            {
                Put("IcmpTypesAndCodes", data =>
                {
                    if (!data.HasTypes) throw Fault.Of(Fault.Argument);
                    data.Types = Icmp.Parse(value);
                });
            }
        }

        public int Direction
        {
            get { return Get("Direction").Direction; }
            set { PutNumber("Direction", value, 1, 2, (d, v) => d.Direction = v); }
        }
        public int Action
        {
            get { return Get("Action").Action; }
            set { PutNumber("Action", value, 0, 1, (d, v) => d.Action = v); }
        }
        public int EdgeTraversalOptions
        {
            get { return Get("EdgeTraversalOptions").Edge; }
            set { PutNumber("EdgeTraversalOptions", value, 0, 3, (d, v) => d.Edge = v); }
        }
        public bool EdgeTraversal
        {
            get { return Get("EdgeTraversal").Edge == 1; }
            set { Put("EdgeTraversal", data => data.Edge = value ? 1 : 0); }
        }
        public bool Enabled
        {
            get { return Get("Enabled").Enabled; }
            set { Put("Enabled", data => data.Enabled = value); }
        }

        void PutNumber(string property, int value, int least, int most, Action<Data, int> part)
        {
            if (value < least || value > most) throw Fault.Of(Fault.Argument);
            Put(property, data => part(data, value));
        }

        public int Profiles
        {
            get
            {
                int found = Get("Profiles").Profiles;
                return store != null && found == Data.AllProfiles && settings.Is("profiles_read", "7") ? 7 : found;
            }
            set
            {
                if (value == 0 || value != Data.AllProfiles && (value & ~7) != 0) throw Fault.Of(Fault.Argument);
                Put("Profiles", data => data.Profiles = value);
            }
        }

        public string InterfaceTypes
        {
            get { var found = Get("InterfaceTypes").InterfaceTypes; return found.Count == 0 ? "All" : Joined(found); }
            set
            {
                var types = value == "All" ? new List<string>() : value.Split(',').ToList();
                Put("InterfaceTypes", data => data.InterfaceTypes = types);
            }
        }

        public object Interfaces
        {
            get { var found = Get("Interfaces").Interfaces; return found.Count == 0 ? null : found.ToArray<object>(); }
            set { var names = ((object[])value).Select(n => (string)n).ToList(); Put("Interfaces", d => d.Interfaces = names); }
        }

        public string LocalAppPackageId { get { return GetText("LocalAppPackageId", "AppPkgId"); } }
        public string LocalUserOwner { get { return GetText("LocalUserOwner", "LUOwn"); } }
        public string LocalUserAuthorizedList
        {
            get { return GetText("LocalUserAuthorizedList", "LUAuth"); }
            set { PutText("LocalUserAuthorizedList", "LUAuth", value); }
        }
        public string RemoteUserAuthorizedList { get { return GetText("RemoteUserAuthorizedList", "RUAuth"); } }
        public string RemoteMachineAuthorizedList { get { return GetText("RemoteMachineAuthorizedList", "RMauth"); } }
        public int SecureFlags
        {
            get { return Get("SecureFlags").Others.Any(token => token.StartsWith("Security")) ? 1 : 0; }
        }
    }
}
