// SPDX-License-Identifier: GPL-3.0-or-later
// The local store in a directory: rules.txt holds "id TAB text" a line, gpo.txt the same for Group Policy. log.txt
// gets a line for each property read of a stored rule and for each write, so that tests can count.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;

namespace MsxLab
{
    // counts what a process wrote anywhere, so that it can end after each write
    public static class Life
    {
        static int writes, attempts;

        public static void Begin() { writes = attempts = 0; } // a call, as if it were a process of its own
        public static int Attempt() { return ++attempts; }

        public static bool Ends(string directory, int steps)
        {
            return writes + steps == new Settings(directory).Number("die_after");
        }

        public static void Wrote(string directory)
        {
            if (Ends(directory, 1)) { Process.GetCurrentProcess().Kill(); Thread.Sleep(Timeout.Infinite); }
            writes++;
        }
    }

    public sealed class Record
    {
        public string Id, Text;
        public bool OfPolicy;
        Data data;
        string parsedFrom;

        // only on request: a pass over a thousand rules reads their groups and no more
        public Data Data(Settings settings)
        {
            if (!ReferenceEquals(parsedFrom, Text)) { data = MsxLab.Data.Parse(Text, settings); parsedFrom = Text; }
            return data;
        }

        public string Token(string key)
        {
            int start = Text.IndexOf("|" + key + "=", StringComparison.Ordinal);
            if (start < 0) return null;
            start += key.Length + 2;
            return Text.Substring(start, Text.IndexOf('|', start) - start);
        }
    }

    public sealed class Store
    {
        public readonly Settings Settings;
        readonly string directory;
        readonly StreamWriter log;
        readonly Dictionary<string, Record> byId = new Dictionary<string, Record>();
        List<Record> local = new List<Record>();
        string stamp = "";

        public Store(string directory)
        {
            this.directory = directory;
            Settings = new Settings(directory);
            var share = FileShare.ReadWrite | FileShare.Delete;
            var stream = new FileStream(At("log.txt"), FileMode.Append, FileAccess.Write, share);
            log = new StreamWriter(stream) { AutoFlush = true };
        }

        string At(string name) { return Path.Combine(directory, name); }
        public void Log(string line) { log.WriteLine(line); }

        public void RequireService()
        {
            if (Settings.Is("service", "stopped")) throw Fault.Of(Fault.Stopped);
        }

        public IEnumerable<Record> Records()
        {
            RequireService();
            Refresh();
            return Settings.Is("gpo_listed", "yes") ? local.Concat(Load("gpo.txt", true)) : local;
        }

        public Record Find(string id)
        {
            Refresh();
            return byId.TryGetValue(id, out Record found) ? found : throw Fault.Of(Fault.Missing);
        }

        // another process may have written meanwhile
        void Refresh()
        {
            var file = new FileInfo(At("rules.txt"));
            string now = file.Exists ? file.LastWriteTimeUtc.Ticks + ":" + file.Length : "none";
            if (now == stamp) return;
            stamp = now;
            local = Load("rules.txt", false);
            byId.Clear();
            foreach (Record record in local) byId[record.Id] = record;
        }

        List<Record> Load(string name, bool policy)
        {
            if (!File.Exists(At(name))) return new List<Record>();
            return File.ReadAllLines(At(name)).Where(line => line.Contains('\t')).Select(line => new Record
            {
                Id = line.Substring(0, line.IndexOf('\t')),
                Text = line.Substring(line.IndexOf('\t') + 1),
                OfPolicy = policy,
            }).ToList();
        }

        // every write is one change that a reader sees whole, and that a planted fault or death can follow
        public void Write(string what, Action<List<Record>> change)
        {
            RequireService();
            if (Settings.Is("elevated", "no")) throw Fault.Of(Fault.Denied);
            if (Life.Attempt() == Settings.Number("fail_at")) throw Fault.Of(Settings.Number("fail_with"));
            Refresh();
            change(local);
            File.WriteAllLines(At("rules.new"), local.Select(record => record.Id + "\t" + record.Text));
            File.Move(At("rules.new"), At("rules.txt"), true);
            stamp = "";
            Log(what);
            Life.Wrote(directory);
        }

        public List<Record> Named(string name)
        {
            var caseless = StringComparison.OrdinalIgnoreCase;
            return Records().Where(record => string.Equals(record.Token("Name"), name, caseless)).ToList();
        }

        public Record Pick(List<Record> several)
        {
            return Settings.Is("same_name", "first") ? several.First() : several.Last();
        }

        public void Slow()
        {
            int wait = (int)Settings.Number("slow_ms");
            if (wait > 0) Thread.Sleep(wait);
        }
    }
}
