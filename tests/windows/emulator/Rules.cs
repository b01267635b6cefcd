// SPDX-License-Identifier: GPL-3.0-or-later
// INetFwPolicy2 and INetFwRules as PowerShell sees them.

using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace MsxLab
{
    public sealed class Policy
    {
        readonly Rules rules;
        public Policy(string directory) { rules = new Rules(new Store(directory)); }
        public Rules Rules { get { return rules; } }
    }

    public sealed class Rules : IEnumerable
    {
        readonly Store store;
        public Rules(Store store) { this.store = store; }

        public int Count { get { return store.Records().Count(); } }

        public IEnumerator GetEnumerator() { return List().GetEnumerator(); }

        IEnumerable<Rule> List()
        {
            foreach (Record record in store.Records().ToList())
            {
                store.Slow();
                yield return new Rule(store, record);
            }
        }

        public Rule Item(string name)
        {
            var found = store.Named(name);
            store.Log("item " + name);
            return found.Count == 0 ? throw Fault.Of(Fault.Missing) : new Rule(store, store.Pick(found));
        }

        public void Add(Rule rule)
        {
            if (rule.IsStored) throw Fault.Of(Fault.Unexpected);
            rule.Draft.CheckTexts();
            rule.Draft.CheckCombination();
            string id = Guid.NewGuid().ToString("B").ToUpperInvariant();
            var record = new Record { Id = id, Text = rule.Draft.Format() };
            store.Write("add " + record.Id, records => records.Add(record));
            if (store.Settings.Is("added_is_live", "yes")) rule.Bind(store, record);
        }

        // no match is no error, and of several with the name one goes
        public void Remove(string name)
        {
            var found = store.Named(name).Where(record => !record.OfPolicy).ToList();
            if (found.Count == 0 || store.Settings.Is("stays", "yes")) return;
            string id = store.Pick(found).Id;
            store.Write("remove " + id, records => records.RemoveAll(record => record.Id == id));
        }
    }
}
